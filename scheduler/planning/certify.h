#pragma once

#include "scheduler/planning/certificate.h"
#include "scheduler/planning/plan.h"

namespace suan::scheduler {

/// Checks everything that must hold of a plan; shares no code with `plan()`.
[[nodiscard]] Certificate certify(const PlanInput& input, const Plan& plan);

/// `plan(input)`, with all that `certify` finds among its faults.
[[nodiscard]] Plan certified_plan(const PlanInput& input);

}  // namespace suan::scheduler
