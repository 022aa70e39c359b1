#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/planning/links/link_network.h"

namespace suan::scheduler {

/// Numbers of sites, ascending.
using SiteSet = std::vector<uint32_t>;

/// The sites, grouped by which can reach one another over links of any capacity, known or not.
/// Groups are in the order of their least site; an empty network has none.
///
/// Source:   boost::connected_components
[[nodiscard]] std::vector<SiteSet> components(const LinkNetwork& network);

}  // namespace suan::scheduler
