#pragma once

#include <string>

#include "scheduler/server/deployer.h"

namespace suan::scheduler {

/// The plan in force, as `/api/v1/plan` shows it: replicas, moves, shares, shortages; and for
/// deployments that follow demand cost, bound, gap, pools with their shadow prices, unmet demand.
[[nodiscard]] std::string plan_json(const Deployer& deployer);

}  // namespace suan::scheduler
