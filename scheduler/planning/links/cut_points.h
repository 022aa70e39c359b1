#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/planning/links/components.h"
#include "scheduler/planning/links/link_network.h"

namespace suan::scheduler {

/// A link that the network cannot lose: without it, the sites of its component fall apart into two
/// parts. The part with the least site comes first.
struct Bridge {
  uint32_t link = 0;
  std::vector<SiteSet> parts;
};

/// A site that the network cannot lose: without it, the other sites of its component fall apart
/// into two or more parts, in the order of their least sites.
struct CutSite {
  uint32_t site = 0;
  std::vector<SiteSet> parts;
};

struct CutPoints {
  std::vector<Bridge> bridges;  // by link
  std::vector<CutSite> sites;   // by site
};

/// Every bridge and every articulation point; capacities play no part. A link that has a parallel
/// one is no bridge. O(links) to find them, and as much again for the parts of each.
///
/// Source:   Hopcroft and Tarjan (1973), boost::biconnected_components: a bridge is a biconnected
///           component of one link
[[nodiscard]] CutPoints cut_points(const LinkNetwork& network);

}  // namespace suan::scheduler
