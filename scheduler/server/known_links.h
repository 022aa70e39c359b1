#pragma once

#include <map>
#include <utility>
#include <vector>

#include "catalog/types/id.h"
#include "scheduler/planning/links/link_network.h"
#include "scheduler/server/server_core.h"

namespace suan::scheduler {

/// By the ends, the lesser first.
using KnownLinks = std::map<std::pair<SiteId, SiteId>, ToldLink>;

/// The lines between places: what operators told, and the way from the centre to each site with a
/// node that has answered; its measured delay, the least of the site's nodes, replaces a told one.
[[nodiscard]] KnownLinks known_links(const ServerCore& core);

/// The centre first, so that of several parts its own is the first; then all sites by name.
[[nodiscard]] std::vector<SiteId> places(const ServerCore& core, const KnownLinks& links);

}  // namespace suan::scheduler
