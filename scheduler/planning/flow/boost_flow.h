#pragma once

#include <optional>

#include "scheduler/planning/flow/min_cost_flow.h"

namespace suan::scheduler {

/// The least cost by Boost.Graph's successive shortest paths: slow, and not ours, so that
/// NetworkSimplex has something to be tested against. Nothing: infeasible.
///
/// Requires: a problem that NetworkSimplex accepts
[[nodiscard]] std::optional<Wide> least_cost_by_boost(const FlowProblem& problem);

}  // namespace suan::scheduler
