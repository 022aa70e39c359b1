#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/weights/manifest.h"

namespace suan::engine {

/// Rotary position embedding, with the stretched frequencies of YaRN or Llama 3 where the model
/// uses them.
///
/// YaRN applies at every position, to short prompts too.
/// Source:   RoFormer (arXiv 2104.09864), equation 34; YaRN (arXiv 2309.00071), section 3.2
class Rope {
 public:
  explicit Rope(const HyperParameters& hyper);

  /// Radians from one position to the next, of each pair.
  [[nodiscard]] std::span<const double> frequencies() const { return frequencies_; }

  /// Shapes: angles [positions, 2 * pairs]  out: cosine and sine of each pair in turn
  void angles(std::span<const uint32_t> positions, std::span<float> angles) const;

 private:
  std::vector<double> frequencies_;
  double magnitude_;
};

/// By what YaRN multiplies attention scores beyond 1/sqrt(key width): m^2 with
/// m = 1 + yarn_log_multiplier * ln(factor). 1 without YaRN.
[[nodiscard]] double yarn_score_factor(const HyperParameters& hyper);

}  // namespace suan::engine
