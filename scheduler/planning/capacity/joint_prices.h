#pragma once

#include "scheduler/planning/capacity/capacity_plan.h"
#include "scheduler/planning/capacity/replicas.h"

namespace suan::scheduler {

/// Prices of cells and pools whose bound comes close to the cost of `replicas`.
///
/// Services by turns: subgradients on each one's cell prices, towards what the service costs in the
/// plan, which its part of the bound cannot exceed; then a step of the pools' prices, towards where
/// whole replicas ask for what there is. It starts at `pools`, and for cells at `last` where that has
/// prices for them.
[[nodiscard]] CapacityPrices price_cells(const Replicas& replicas,
                                         PoolPrices pools,
                                         int rounds,
                                         const CapacityPrices& last = {});

}  // namespace suan::scheduler
