#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scheduler/planning/capacity/capacity_problem.h"
#include "scheduler/planning/plan.h"

namespace suan::scheduler {

/// Thousandths of a device: a node is one device of its pool.
inline constexpr int64_t kDeviceMilli = 1000;

/// A node, and the memory that replicas planned before have left.
struct NodeRoom {
  const PlanNode* node = nullptr;
  uint64_t memory_left = 0;
};

/// Nodes of one device class at one site.
struct DemandPool {
  SiteId site;
  std::string device_class;
  std::vector<NodeRoom> nodes;
};

/// An option of the capacity problem, and the nodes that can make it true.
struct DemandChoice {
  uint32_t pool = 0;
  std::vector<const PlanNode*> nodes;
};

/// The capacity problem of deployments that follow demand, and what its numbers stand for.
struct DemandProblem {
  CapacityProblem
      problem;  // its first cell of each service stands for the wish to be there at all
  std::vector<DemandPool> pools;
  std::vector<std::vector<DemandChoice>> choices;  // per deployment and option
};

/// Requires: what `input` and `rooms` point to outlives the result.
[[nodiscard]] DemandProblem demand_problem(const PlanInput& input,
                                           const std::vector<PlanDeployment>& deployments,
                                           const std::vector<NodeRoom>& rooms);

}  // namespace suan::scheduler
