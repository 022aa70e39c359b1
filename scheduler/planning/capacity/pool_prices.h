#pragma once

#include <cstdint>

#include "scheduler/planning/capacity/search_problem.h"

namespace suan::scheduler {

/// What devices of each pool are worth when replicas need not be whole: prices under which services,
/// each by itself, ask for about what there is.
///
/// First pool by pool, each time exactly the price at which demand fits; that comes near fast, and
/// then sticks. From there by subgradients.
/// Source:   Bertsekas, The auction algorithm (1988), for the first; Polyak (1969) for the second
[[nodiscard]] PoolPrices price_pools(const SearchProblem& problem);

}  // namespace suan::scheduler
