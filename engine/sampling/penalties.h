#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/engine.h"

namespace suan::engine {

/// What a sequence has said so far, and how that and the caller's biases move its logits.
///
/// Repetition looks at prompt and output; frequency and presence at the output alone. Biases come
/// last, so that a token banned by one stays banned.
class Penalties {
 public:
  Penalties(const Sampling& sampling, std::span<const int32_t> prompt);

  /// Whether `apply` would change anything, ever.
  [[nodiscard]] bool is_active() const { return has_penalties_ || !logit_bias_.empty(); }

  /// Requires: every known token and biased id is below logits.size().
  void apply(std::span<float> logits) const;

  /// Counts a token of the output.
  void add(int32_t token);

 private:
  double frequency_;
  double presence_;
  double repetition_;
  bool has_penalties_;
  std::vector<std::pair<uint32_t, float>> logit_bias_;
  std::unordered_map<int32_t, uint32_t> seen_;  // times in the output; 0: in the prompt alone
};

}  // namespace suan::engine
