#pragma once

#include <span>
#include <vector>

#include "engine/model/trunk.h"

namespace suan::engine {

/// A decoder-only transformer: token ids in, logits out.
///
/// Threads:  one owner.
class Decoder {
 public:
  /// `layers` come from the model's architecture. Throws ModelError.
  Decoder(const WeightLoader& loader, std::vector<Layer> layers, const PassLimits& limits);

  [[nodiscard]] const PassLimits& limits() const { return trunk_.limits(); }

  /// Computes a batch, filling its rows of `cache`.
  ///
  /// Shapes:   returned logits [outputs, vocabulary]; valid until the next call
  /// Requires: the batch is within `limits()`; each sequence's earlier positions are in the cache
  [[nodiscard]] std::span<const float> forward(const Batch& batch, const KvCache& cache);

  /// Logits of more rows of the batch that `forward` computed last. Shapes as above.
  /// Requires: the prediction head has made no pass since.
  [[nodiscard]] std::span<const float> outputs(std::span<const uint32_t> rows);

  /// The hidden states after the final norm of all rows of the batch that `forward` computed
  /// last, as the prediction head takes them; valid until the next `forward`.
  ///
  /// Shapes:   [rows, dim]
  /// Requires: the model has a prediction head, which has made no pass since `forward`
  [[nodiscard]] Tensor hidden();

  /// What the prediction head shares.
  [[nodiscard]] Trunk& trunk() { return trunk_; }

 private:
  Trunk trunk_;
  std::vector<Layer> layers_;
  Buffer output_norm_;  // [dim]
  Buffer hidden_;       // [rows, dim]; empty without a prediction head
  size_t rows_ = 0;     // of the last batch
  std::vector<float> logits_;
};

}  // namespace suan::engine
