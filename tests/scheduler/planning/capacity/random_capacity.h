#pragma once

#include "catalog/types/random.h"
#include "scheduler/planning/capacity/capacity_problem.h"

namespace suan::scheduler::test {

/// What random problems look like.
struct RandomCapacity {
  uint32_t pools = 2;
  uint32_t services = 2;
  uint32_t cells = 3;
  uint32_t options = 3;
  uint32_t devices_max = 4;  // of a pool
  uint32_t count_max = 3;
  bool has_switches = false;
};

/// Small numbers, some arcs missing, some demand and some pools empty.
[[nodiscard]] inline CapacityProblem random_capacity(const RandomCapacity& wish,
                                                     Random& random) {
  const auto below = [&](uint64_t limit) { return static_cast<int64_t>(random.below(limit)); };
  CapacityProblem problem;
  for (uint32_t i = 0; i < wish.pools; ++i)
    problem.pools.push_back({.devices_milli = 1000 * below(wish.devices_max + 1)});
  for (uint32_t i = 0; i < wish.services; ++i) {
    ServiceDemand service;
    for (uint32_t cell = 0; cell < wish.cells; ++cell)
      service.cells.push_back(
          {.demand_milli = 1000 * below(60), .unmet_p_per_etok = 500 * below(20)});
    for (uint32_t option = 0; option < wish.options; ++option) {
      service.options.push_back(
          {.pool = static_cast<uint32_t>(random.below(wish.pools)),
           .devices_milli = 500 * (1 + below(3)),
           .capacity_milli = 1000 * (5 + below(60)),
           .fixed_n_per_s = below(60),
           .switch_n_per_s = wish.has_switches ? below(20) : 0,
           .present = wish.has_switches ? static_cast<uint32_t>(below(wish.count_max + 1)) : 0,
           .count_max = wish.count_max});
      for (uint32_t cell = 0; cell < wish.cells; ++cell)
        service.cost_p_per_etok.push_back(random.below(6) == 0 ? kNoArc : 100 * below(30));
    }
    problem.services.push_back(std::move(service));
  }
  return problem;
}

}  // namespace suan::scheduler::test
