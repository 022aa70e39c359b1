#pragma once

#include <cstdint>

#include "scheduler/planning/capacity/capacity_problem.h"

namespace suan::bench {

/// An invented network of the size of a national one.
struct CapacityNetwork {
  uint32_t services = 1000;
  uint32_t pools = 200;   // two device classes at each site
  uint32_t regions = 7;   // each asks interactively and in batches
  uint32_t options = 20;  // of a service: pools whose devices can run it
  double load = 0.75;     // share of all devices that the demand needs, about
  double skew = 1.0;      // demand of the i-th service is 1 / i^skew
  double rent = 1.0;      // times half a yuan per device and hour and relative price
  uint64_t seed = 1;
};

/// Offers, round trips, demand and devices drawn from the seed: sizes of services follow Zipf's
/// law, sizes of pools are spread from 32 to 1,024 devices, replicas take 1 to 16.
[[nodiscard]] scheduler::CapacityProblem capacity_problem(const CapacityNetwork& network);

}  // namespace suan::bench
