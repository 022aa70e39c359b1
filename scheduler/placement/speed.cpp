#include "scheduler/placement/speed.h"

#include <algorithm>
#include <cmath>

namespace suan::scheduler {

namespace {

constexpr double kNsPerSecond = 1e9;
constexpr double kStepNsMax = 60e9;  // slower than a token a minute is as good as dead
constexpr double kPrefillNsMax = 1e9;
constexpr double kUnknownLow = 0.5623;  // exp(-1.645 * 0.35): as if measured by itself

int64_t ns_per_item(double rate, double ns_max) {
  if (!(rate > 0)) {
    return static_cast<int64_t>(ns_max);
  }
  return static_cast<int64_t>(std::llround(std::clamp(kNsPerSecond / rate, 1.0, ns_max)));
}

/// How much longer a step of all slots takes than a step of one.
double step_growth(const ReplicaCapacity& capacity) {
  if (!(capacity.decode_tokens_per_s > 0) || !(capacity.decode_tokens_per_s_full > 0)) {
    return 1;
  }
  const double growth =
      capacity.slots * capacity.decode_tokens_per_s / capacity.decode_tokens_per_s_full;
  return std::clamp(growth, 1.0, std::max<double>(capacity.slots, 1));
}

Speed speed_of(double decode_rate, double prefill_rate, const ReplicaCapacity& capacity) {
  Speed speed;
  speed.prefill_ns_per_token = ns_per_item(prefill_rate, kPrefillNsMax);
  speed.step_ns_first = ns_per_item(decode_rate, kStepNsMax);
  if (capacity.slots > 1) {
    const double more = static_cast<double>(speed.step_ns_first) * (step_growth(capacity) - 1);
    speed.step_ns_more = std::llround(more / (capacity.slots - 1));
  }
  return speed;
}

double first_positive(double a, double b) {
  return a > 0 ? a : b;
}

}  // namespace

Speed expected_speed(const Estimate& estimate, const ReplicaCapacity& capacity) {
  return speed_of(first_positive(estimate.decode_tokens_per_s, capacity.decode_tokens_per_s),
                  first_positive(estimate.prefill_tokens_per_s, capacity.prefill_tokens_per_s),
                  capacity);
}

Speed cautious_speed(const Estimate& estimate, const ReplicaCapacity& capacity) {
  return speed_of(first_positive(estimate.decode_tokens_per_s_low,
                                 capacity.decode_tokens_per_s * kUnknownLow),
                  first_positive(estimate.prefill_tokens_per_s_low,
                                 capacity.prefill_tokens_per_s * kUnknownLow),
                  capacity);
}

}  // namespace suan::scheduler
