#include "scheduler/planning/links/paths.h"

#include <cassert>

#include "scheduler/planning/links/route_finder.h"

namespace suan::scheduler {

std::optional<LinkPath> shortest_path(const LinkNetwork& network, uint32_t from, uint32_t to) {
  assert(from < network.sites().size());
  assert(to < network.sites().size());
  const std::vector<int64_t> any(2 * network.links().size(), 1);
  return RouteFinder(network).quickest({from}, to, any, 1);
}

std::optional<LinkPath> widest_path(const LinkNetwork& network, uint32_t from, uint32_t to) {
  assert(from < network.sites().size());
  assert(to < network.sites().size());
  std::vector<int64_t> capacities;
  for (const SiteLink& link : network.links())
    capacities.insert(capacities.end(), 2, link.bytes_per_s.value_or(0));
  const RouteFinder finder(network);
  const int64_t width = finder.widest({from}, capacities).width[to];
  if (width == 0) return std::nullopt;
  return finder.quickest({from}, to, capacities, width);
}

}  // namespace suan::scheduler
