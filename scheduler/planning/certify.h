#pragma once

#include <string>
#include <vector>

#include "scheduler/planning/plan.h"

namespace suan::scheduler {

/// What an independent check of a plan found; empty `faults`: the plan may be used.
struct Certificate {
  std::vector<std::string> faults;  // a sentence each

  [[nodiscard]] bool is_valid() const { return faults.empty(); }
};

/// Checks everything that must hold of a plan; shares no code with `plan()`.
[[nodiscard]] Certificate certify(const PlanInput& input, const Plan& plan);

}  // namespace suan::scheduler
