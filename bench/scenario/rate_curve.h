#pragma once

#include <vector>

#include "bench/scenario/scenario.h"

namespace suan::bench {

/// By how much more is asked at each moment than on an even day: the flash crowds.
///
/// Arrivals are drawn as if the rate were even, on a time of their own; the curve says when that
/// time comes. So a trace keeps its order and its lengths in a crowd, and only its gaps shrink.
class RateCurve {
 public:
  /// A crowd rises linearly within `ramp_s`, stays until `at_s + for_s`, and falls as it rose.
  RateCurve(const std::vector<ScenarioEvent>& events, double duration_s);

  /// Even time that passes within the duration: the integral of the factor.
  [[nodiscard]] double even_s() const { return passed_.back(); }

  /// The moment at which `even_s` of even time have passed; times must not fall from call to call.
  [[nodiscard]] double at(double even_s);

  [[nodiscard]] static double factor_at(const std::vector<ScenarioEvent>& events, double at_s);

 private:
  std::vector<double> passed_;  // at each tenth of a second
  size_t reached_ = 0;
};

}  // namespace suan::bench
