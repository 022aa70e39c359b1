#pragma once

#include <vector>

#include "engine/batch/sequence.h"

namespace suan::engine {

/// Steps after which a sequence that got no rows goes before shorter ones.
constexpr uint32_t kUnservedStepsMax = 16;

/// Sorts sequences that have tokens to compute by who goes first: the one with the fewest left,
/// so that a short prompt does not wait for a long one; but before all, oldest first, those that
/// have been passed over for too long.
void order_prefills(std::vector<Sequence*>& sequences);

}  // namespace suan::engine
