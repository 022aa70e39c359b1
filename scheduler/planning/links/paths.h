#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "catalog/types/time.h"
#include "scheduler/planning/links/link_network.h"

namespace suan::scheduler {

/// A way from one site to another. From a site to itself: that site, and no link.
struct LinkPath {
  std::vector<uint32_t> sites;
  std::vector<uint32_t> links;  // links[i] joins sites[i] and sites[i + 1]
  Duration one_way{};
  std::optional<int64_t>
      bytes_per_s;  // the least of its links'; nothing: one is unknown, or none

  friend bool operator==(const LinkPath&, const LinkPath&) = default;
};

/// The way of least delay, over links of any capacity. Nothing: no way leads there.
///
/// Requires: both are numbers of sites
/// Source:   Dijkstra (1959), boost::dijkstra_shortest_paths
[[nodiscard]] std::optional<LinkPath> shortest_path(const LinkNetwork& network,
                                                    uint32_t from,
                                                    uint32_t to);

/// The way whose narrowest link is widest, and of those ways the one of least delay. Links of
/// unknown capacity, and of none, are not used. Nothing: no way leads there.
///
/// Two runs, since one that compares (width, delay) goes wrong: a way that is wide and slow hides
/// one that is narrow and quick, although a narrow link may follow for both.
///
/// Requires: both are numbers of sites
/// Source:   Pollack (1960), the maximum capacity route; boost::dijkstra_shortest_paths
[[nodiscard]] std::optional<LinkPath> widest_path(const LinkNetwork& network,
                                                  uint32_t from,
                                                  uint32_t to);

}  // namespace suan::scheduler
