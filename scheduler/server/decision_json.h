#pragma once

#include <memory>
#include <string>
#include <vector>

#include "scheduler/server/decision_log.h"

namespace suan::scheduler {

/// A decision as `GET /api/v1/decisions/{id}` shows it: what was chosen, every candidate with
/// its terms or the rule that refused it, the runner-up, the binding constraint, and the
/// benchmark results relied on.
[[nodiscard]] std::string decision_json(const Decision& decision);

/// The decisions about one request: the last attempt's, with those before under `earlier`.
/// Requires: not empty.
[[nodiscard]] std::string decisions_json(
    const std::vector<std::shared_ptr<const Decision>>& attempts);

}  // namespace suan::scheduler
