#pragma once

#include <span>
#include <vector>

#include "engine/model/layer.h"
#include "engine/model/rope.h"

namespace suan::engine {

/// What a decoder and its prediction head have in common: the embedding, the output matrix, RoPE,
/// and the room in which a pass works.
///
/// Threads:  one owner.
class Trunk {
 public:
  /// Throws ModelError.
  Trunk(const WeightLoader& loader, const PassLimits& limits);

  [[nodiscard]] Backend& backend() const { return backend_; }

  [[nodiscard]] const HyperParameters& hyper() const { return hyper_; }

  [[nodiscard]] const PassLimits& limits() const { return limits_; }

  [[nodiscard]] const Weight& embedding() const { return embedding_; }

  [[nodiscard]] const Weight& output() const { return output_; }

  [[nodiscard]] Activations& room() { return room_; }

  /// Makes ready for a batch: the angles of its positions.
  /// Requires: the batch is within `limits()`; it and the cache outlive the pass
  [[nodiscard]] ForwardPass begin(const Batch& batch, const KvCache& cache);

  /// Runs one block on room().x.
  void run(const Layer& layer, const ForwardPass& pass);

  /// Shapes: states [outputs, dim], logits [outputs, vocabulary]
  void read_logits(const Weight& output, const Tensor& states, std::span<float> logits);

 private:
  Backend& backend_;
  HyperParameters hyper_;
  PassLimits limits_;
  Rope rope_;
  Weight embedding_;  // [vocabulary, dim]
  Weight output_;     // [vocabulary, dim]; the embedding where they are tied
  Activations room_;
  std::vector<float> angles_;
};

}  // namespace suan::engine
