#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/model/forward_pass.h"
#include "engine/model/weight_loader.h"

namespace suan::engine {

/// Grouped-query attention of one layer: several query heads share a key and value head.
///
/// Source:   GQA (arXiv 2305.13245), section 2.2
class GroupedQueryAttention {
 public:
  /// Throws ModelError.
  GroupedQueryAttention(const WeightLoader& loader, uint32_t layer);

  /// Writes the batch's keys and values into the cache, then out = attention(x).
  /// Shapes: x, out [rows, dim]
  void forward(const ForwardPass& pass, const Tensor& x, const Tensor& out) const;

 private:
  uint32_t layer_;
  AttentionShape shape_;
  RopeShape q_rope_;
  RopeShape k_rope_;
  Weight q_;       // [heads * head_dim, dim]
  Weight k_;       // [kv_heads * head_dim, dim]
  Weight v_;       // [kv_heads * head_dim, dim]
  Weight output_;  // [dim, heads * head_dim]
};

}  // namespace suan::engine
