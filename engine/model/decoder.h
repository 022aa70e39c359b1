#pragma once

#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "engine/model/attention.h"
#include "engine/model/ffn.h"
#include "engine/model/mla.h"
#include "engine/model/moe.h"
#include "engine/model/rope.h"

namespace suan::engine {

/// One block: x += attention(norm(x)), then x += ffn(norm(x)).
struct Layer {
  Buffer attention_norm;  // [dim]
  std::variant<GroupedQueryAttention, Mla> attention;
  Buffer ffn_norm;  // [dim]
  std::variant<Ffn, Moe> ffn;
};

/// A decoder-only transformer: token ids in, logits out.
///
/// Threads:  one owner.
class Decoder {
 public:
  /// `layers` come from the model's architecture. Throws ModelError.
  Decoder(const WeightLoader& loader, std::vector<Layer> layers, const PassLimits& limits);

  [[nodiscard]] const PassLimits& limits() const { return limits_; }

  /// Computes a batch, filling its rows of `cache`.
  ///
  /// Shapes:   returned logits [outputs, vocabulary]; valid until the next call
  /// Requires: the batch is within `limits()`; each sequence's earlier positions are in the cache
  [[nodiscard]] std::span<const float> forward(const Batch& batch, const KvCache& cache);

  /// Logits of more rows of the batch that `forward` computed last. Shapes as above.
  [[nodiscard]] std::span<const float> outputs(std::span<const uint32_t> rows);

 private:
  void run_layer(const Layer& layer, const ForwardPass& pass);

  Backend& backend_;
  HyperParameters hyper_;
  PassLimits limits_;
  Rope rope_;
  Weight embedding_;  // [vocabulary, dim]
  std::vector<Layer> layers_;
  Buffer output_norm_;  // [dim]
  Weight output_;       // [vocabulary, dim]; the embedding where they are tied
  Activations room_;
  size_t rows_ = 0;  // of the last batch
  std::vector<float> angles_;
  std::vector<float> logits_;
};

}  // namespace suan::engine
