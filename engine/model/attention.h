#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/model/forward_pass.h"
#include "engine/model/weight_loader.h"

namespace suan::engine {

/// What the attention of some architectures has beside its matrices.
struct AttentionExtras {
  bool has_biases = false;      // of queries, keys and values (Qwen2)
  bool has_head_norms = false;  // of each head's query and key, before RoPE (Qwen3)
};

/// Grouped-query attention of one layer: several query heads share a key and value head.
///
/// Source:   GQA (arXiv 2305.13245), section 2.2
class GroupedQueryAttention {
 public:
  /// Throws ModelError.
  GroupedQueryAttention(const WeightLoader& loader,
                        uint32_t layer,
                        const AttentionExtras& extras = {});

  /// Writes the batch's keys and values into the cache, then out = attention(x).
  /// Shapes: x, out [rows, dim]
  void forward(const ForwardPass& pass, const Tensor& x, const Tensor& out) const;

 private:
  /// The matrix of queries, keys or values, and what may follow it; empty where it does not.
  struct Projection {
    Weight weight;  // [heads * head_dim, dim]
    Buffer bias;    // [heads * head_dim]
    Buffer norm;    // [head_dim]
  };

  /// `room` becomes [rows, heads * head_dim].
  Tensor project(const ForwardPass& pass,
                 const Projection& projection,
                 const Tensor& x,
                 const Buffer& room) const;

  uint32_t layer_;
  float eps_;
  AttentionShape shape_;
  RopeShape q_rope_;
  RopeShape k_rope_;
  Projection q_;
  Projection k_;
  Projection v_;
  Weight output_;  // [dim, heads * head_dim]
};

}  // namespace suan::engine
