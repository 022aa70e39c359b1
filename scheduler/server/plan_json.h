#pragma once

#include <string>

#include "scheduler/planning/plan.h"

namespace suan::scheduler {

/// A plan as `/api/v1/plan` shows it: replicas, moves, shares, shortages; and for
/// deployments that follow demand cost, bound, gap, pools with their shadow prices, unmet demand.
[[nodiscard]] std::string plan_json(const Plan& plan, bool is_settled);

}  // namespace suan::scheduler
