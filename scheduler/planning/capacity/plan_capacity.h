#pragma once

#include "scheduler/planning/capacity/capacity_plan.h"

namespace suan::scheduler {

/// Plans replicas and traffic for all services together, with a bound on what any plan would cost.
///
/// Prices for scarce devices come first; with them a greedy plan, changed then replica by replica
/// while that gains; a plan without prices is made too, and the cheaper one is taken. The traffic is
/// the cheapest for its replicas. Then prices of cells and pools are sought that prove a high bound.
/// `last`, a plan for a problem of the same shape, is where it starts if given: much faster when
/// little has changed.
/// The result is the same in every run; nothing depends on a clock. Seconds at thousands of services.
///
/// Errors:   BadRequest  as check() tells
[[nodiscard]] Result<CapacityPlan> plan_capacity(const CapacityProblem& problem,
                                                 const CapacityPlan* last = nullptr);

/// The greedy plan that knows no prices: what others are compared with.
[[nodiscard]] Result<CapacityPlan> plan_greedily(const CapacityProblem& problem);

}  // namespace suan::scheduler
