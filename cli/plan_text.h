#pragma once

#include <string>

namespace suan::cli {

/// What `suan plan` prints for the answer of `/api/v1/plan`: replicas with their moves, each site's
/// traffic, cost with bound and gap, pools with their shadow prices, and what is not served.
///
/// Errors:   throws Failure when the answer is no plan
[[nodiscard]] std::string plan_text(const std::string& answer, bool is_colored);

}  // namespace suan::cli
