#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/sim/sim_client.h"
#include "catalog/types/account.h"

namespace suan::bench {

/// What must hold of every request after a run, whatever went wrong in it; one sentence per
/// breach, at most 20.
///
/// Each ends exactly once; a success has one usage row, equal to what its client counted; a row
/// stands once per (request, attempt), and only one attempt of a request was delivered.
[[nodiscard]] std::vector<std::string> request_violations(
    const std::vector<std::shared_ptr<SeenRequest>>& seen, const std::vector<UsageRow>& rows);

}  // namespace suan::bench
