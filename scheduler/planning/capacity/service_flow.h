#pragma once

#include "scheduler/planning/capacity/capacity_plan.h"

namespace suan::scheduler {

/// The cheapest traffic for given replicas, by minimum-cost flow: cells, then options, then a sink,
/// and from each cell straight to the sink what is not served.
///
/// Requires: check() of the problem that `service` is from; counts[i] per option, at least 0
[[nodiscard]] ServicePlan route_service(const ServiceDemand& service,
                                        std::vector<int64_t> counts);

}  // namespace suan::scheduler
