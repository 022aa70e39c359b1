#pragma once

#include <string>

#include "scheduler/server/server_core.h"

namespace suan::scheduler {

/// `GET /api/v1/links`: round trips between all sites, and below them what the network's lines
/// mean for it: `bridges`, `cut_sites`, `components`, `bottlenecks` from the centre.
///
/// A pair that a line joins (`known_links.h`) has also `is_bridge`, `bytes_per_s` and
/// `price_n_per_gib`, null where unknown. A bottleneck is null where it depends on lines of unknown
/// capacity. `bridges` and `cut_sites` are those of the part that has the centre. What would not fit
/// into a message is null; in a network too large for all pairs only lines are listed, 4,000 at the
/// most; `note` says so.
[[nodiscard]] std::string links_json(const ServerCore& core);

}  // namespace suan::scheduler
