#pragma once

#include <cstdint>

#include "catalog/types/node.h"
#include "scheduler/placement/estimator.h"

namespace suan::scheduler {

/// How fast one replica is, in integers: what `place()` computes with.
///
/// Units:    nanoseconds; a decode step of B requests takes `step_ns_first + (B-1)*step_ns_more`
struct Speed {
  int64_t prefill_ns_per_token = 0;
  int64_t step_ns_first = 0;
  int64_t step_ns_more = 0;

  [[nodiscard]] int64_t step_ns(int64_t batch) const {
    return step_ns_first + (batch > 1 ? batch - 1 : 0) * step_ns_more;
  }

  friend bool operator==(const Speed&, const Speed&) = default;
};

/// The speed by the estimate's means: what a user should expect.
[[nodiscard]] Speed expected_speed(const Estimate& estimate, const ReplicaCapacity& capacity);

/// The speed by its 5% lower bounds: what interactive requests are placed by.
[[nodiscard]] Speed cautious_speed(const Estimate& estimate, const ReplicaCapacity& capacity);

}  // namespace suan::scheduler
