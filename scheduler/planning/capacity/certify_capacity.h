#pragma once

#include "scheduler/planning/capacity/capacity_plan.h"
#include "scheduler/planning/certificate.h"

namespace suan::scheduler {

/// Checks a plan and its bound in whole numbers, and shares no code with the planner.
///
/// Checked: whole counts within each option's limit, devices within each pool, traffic on permitted
/// arcs, within the capacity of the replicas, and equal to the demand together with what is unmet;
/// the cost; and the bound.
///
/// The bound is Lagrangian: pay each cell its price for being served and each pool its price for
/// devices used, and let every option, alone, make as much of that as it can with a whole number of
/// replicas. With lambda and mu the prices of pools and cells (mu at most the price of unmet demand),
///   bound = sum of demand * mu - sum of devices * lambda - sum over options of its best profit,
/// and no plan costs less, whatever the prices are. Good prices make it tight.
/// Requires: check(problem)
/// Source:   Geoffrion, Mathematical Programming Study 2 (1974), for relaxations of this kind
[[nodiscard]] Certificate certify_capacity(const CapacityProblem& problem,
                                           const CapacityPlan& plan);

/// The bound that `prices` prove. Requires: check(problem), prices of its shape and not negative.
[[nodiscard]] Wide proven_bound(const CapacityProblem& problem, const CapacityPrices& prices);

}  // namespace suan::scheduler
