#include "bench/scenario/rate_curve.h"

#include <algorithm>
#include <cmath>

namespace suan::bench {

namespace {

constexpr double kStepSeconds = 0.1;

}  // namespace

RateCurve::RateCurve(const std::vector<ScenarioEvent>& events, double duration_s) {
  const auto steps = static_cast<size_t>(std::ceil(duration_s / kStepSeconds - 1e-6));
  passed_.reserve(steps + 1);
  passed_.push_back(0);
  for (size_t i = 0; i < steps; ++i) {
    const double middle_s = (static_cast<double>(i) + 0.5) * kStepSeconds;
    const double length_s =
        std::min(kStepSeconds, duration_s - static_cast<double>(i) * kStepSeconds);
    passed_.push_back(passed_.back() + factor_at(events, middle_s) * length_s);
  }
}

double RateCurve::at(double even_s) {
  while (reached_ + 2 < passed_.size() && passed_[reached_ + 1] < even_s)
    ++reached_;
  const double within =
      (even_s - passed_[reached_]) / (passed_[reached_ + 1] - passed_[reached_]);
  return (static_cast<double>(reached_) + within) * kStepSeconds;
}

double RateCurve::factor_at(const std::vector<ScenarioEvent>& events, double at_s) {
  double factor = 1;
  for (const ScenarioEvent& event : events) {
    const EventSpec& crowd = event.what;
    if (crowd.kind != EventKind::FlashCrowd || at_s < crowd.at_s) continue;
    const double since = at_s - crowd.at_s;
    double part = crowd.ramp_s > 0 ? std::min(1.0, since / crowd.ramp_s) : 1.0;
    if (crowd.for_s > 0 && since > crowd.for_s) {
      const double after = since - crowd.for_s;
      part = crowd.ramp_s > 0 ? std::max(0.0, 1 - after / crowd.ramp_s) : 0.0;
    }
    factor *= 1 + (crowd.factor - 1) * part;
  }
  return factor;
}

}  // namespace suan::bench
