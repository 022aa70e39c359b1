#pragma once

#include <algorithm>
#include <initializer_list>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "catalog/types/random.h"
#include "scheduler/planning/links/components.h"
#include "scheduler/planning/links/link_network.h"

namespace suan::scheduler::test {

/// Sites a, b, c, ... and links such as {0, 1, 5ms, 100}.
inline LinkNetwork network_of(size_t sites, std::initializer_list<SiteLink> links) {
  std::vector<SiteId> names;
  for (size_t i = 0; i < sites; ++i)
    names.emplace_back(std::string(1, static_cast<char>('a' + i)));
  std::vector<ToldLink> told;
  for (const SiteLink& link : links) {
    told.push_back({names.at(link.a), names.at(link.b), link.one_way, link.bytes_per_s,
                    link.price_n_per_gib});
  }
  return LinkNetwork::make(names, told).value();
}

/// Up to 8 sites and 14 links: with loops, parallel links, capacities unknown and 0.
inline LinkNetwork random_network(Random& random) {
  const size_t sites = 1 + random.below(8);
  std::vector<SiteId> names;
  for (size_t i = 0; i < sites; ++i)
    names.emplace_back(std::string(1, static_cast<char>('a' + i)));
  std::vector<ToldLink> told(random.below(15));
  const bool knows_all = random.below(2) == 0;
  for (ToldLink& link : told) {
    link.a = names[random.below(sites)];
    link.b = names[random.below(sites)];
    link.one_way = Duration(static_cast<int64_t>(random.below(6)) * 1'000);
    if (knows_all || random.below(4) != 0) {
      link.bytes_per_s = static_cast<int64_t>(random.below(8)) * 1'000;
    }
  }
  return LinkNetwork::make(names, told).value();
}

/// The groups of sites that reach one another when `uses(link number)` links and `has(site)` sites
/// are left; by marking until nothing changes, with nothing of the code under test.
template <class UsesLink, class HasSite>
std::vector<SiteSet> naive_groups(const LinkNetwork& network,
                                  const UsesLink& uses,
                                  const HasSite& has) {
  std::vector<uint32_t> mark(network.sites().size());
  std::iota(mark.begin(), mark.end(), 0U);
  for (bool is_changed = true; is_changed;) {
    is_changed = false;
    for (uint32_t i = 0; i < network.links().size(); ++i) {
      const SiteLink& link = network.links()[i];
      if (!uses(i) || !has(link.a) || !has(link.b) || mark[link.a] == mark[link.b]) continue;
      mark[link.a] = mark[link.b] = std::min(mark[link.a], mark[link.b]);
      is_changed = true;
    }
  }
  std::vector<SiteSet> groups;
  for (uint32_t least = 0; least < mark.size(); ++least) {
    SiteSet group;
    for (uint32_t site = 0; site < mark.size(); ++site) {
      if (has(site) && mark[site] == least) group.push_back(site);
    }
    if (!group.empty()) groups.push_back(group);
  }
  return groups;
}

inline bool always(uint32_t /*number*/) {
  return true;
}

}  // namespace suan::scheduler::test
