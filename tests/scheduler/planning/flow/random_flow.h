#pragma once

#include "catalog/types/random.h"
#include "scheduler/planning/flow/min_cost_flow.h"

namespace suan::scheduler::test {

/// What random problems look like.
struct RandomFlow {
  uint32_t nodes = 8;
  uint32_t arcs = 20;
  uint32_t capacity_max = 10;
  uint32_t cost_max = 20;
  bool has_negative_costs = false;
  uint32_t amounts = 4;  // that have to get from some node to another
};

/// Arcs between any two nodes, loops and parallel ones too. It need not be feasible.
[[nodiscard]] inline FlowProblem random_flow(const RandomFlow& wish, Random& random) {
  FlowProblem problem{.supply = std::vector<int64_t>(wish.nodes)};
  const auto node = [&] { return static_cast<uint32_t>(random.below(wish.nodes)); };
  for (uint32_t i = 0; i < wish.arcs; ++i) {
    const auto cost = static_cast<int64_t>(random.below(wish.cost_max + 1));
    const bool is_negative = wish.has_negative_costs && random.below(3) == 0;
    problem.arcs.push_back(
        {.from = node(),
         .to = node(),
         .capacity = static_cast<int64_t>(random.below(wish.capacity_max + 1)),
         .cost = is_negative ? -cost : cost});
  }
  for (uint32_t i = 0; i < wish.amounts; ++i) {
    const auto amount = static_cast<int64_t>(random.below(wish.capacity_max + 1) / 2);
    problem.supply[node()] += amount;
    problem.supply[node()] -= amount;
  }
  return problem;
}

}  // namespace suan::scheduler::test
