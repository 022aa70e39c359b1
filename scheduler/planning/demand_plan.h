#pragma once

#include <vector>

#include "scheduler/planning/demand_problem.h"
#include "scheduler/planning/plan.h"

namespace suan::scheduler {

/// Plans the deployments that follow demand, and adds them to `plan`.
///
/// Nodes of one device class at one site are a pool; a node is shared by quarters, each replica
/// taking as many as its memory, or its traffic, needs. The capacity plan says how many quarters of
/// which pool serve which model; here they become replicas on nodes: on nodes that have the model
/// loaded first, large ones first, so that quarters always fit.
/// A deployment whose speed is known nowhere gets nothing, and a shortage. Each other one gets at
/// least one replica, if it fits at all. `rooms` ascend by node.
void plan_by_demand(const PlanInput& input,
                    const std::vector<PlanDeployment>& deployments,
                    const std::vector<NodeRoom>& rooms,
                    Plan& plan);

}  // namespace suan::scheduler
