#include "scheduler/server/known_links.h"

#include <algorithm>
#include <set>

#include "scheduler/server/told_links.h"

namespace suan::scheduler {

namespace {

using Pair = KnownLinks::key_type;

Pair pair_of(const SiteId& a, const SiteId& b) {
  return a < b ? Pair(a, b) : Pair(b, a);
}

}  // namespace

KnownLinks known_links(const ServerCore& core) {
  KnownLinks known;
  for (const LinkRow& row : core.catalog.links) {
    const Pair ends = pair_of(SiteId(row.source), SiteId(row.destination));
    const Duration one_way(row.rtt_us_p50 / 2);
    known[ends] = {ends.first, ends.second, one_way, row.bytes_per_s, row.price_n_per_gib};
  }
  std::map<Pair, Duration> measured;
  const SiteId control{std::string(kControl)};
  for (const auto& [id, node] : core.membership.nodes()) {
    const Duration one_way = node.round_trip.median() / 2;
    if (one_way <= Duration::zero()) continue;
    const Pair ends = pair_of(control, node.identity.site);
    const auto [found, is_new] = measured.emplace(ends, one_way);
    found->second = std::min(found->second, one_way);
  }
  for (const auto& [ends, one_way] : measured) {
    ToldLink& link = known[ends];
    link.a = ends.first;
    link.b = ends.second;
    link.one_way = one_way;
  }
  return known;
}

std::vector<SiteId> places(const ServerCore& core, const KnownLinks& links) {
  const SiteId control{std::string(kControl)};
  std::set<SiteId> others;
  for (const auto& [id, site] : core.catalog.sites)
    others.insert(id);
  for (const auto& [ends, link] : links)
    others.insert({ends.first, ends.second});
  others.erase(control);
  std::vector<SiteId> all{control};
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

}  // namespace suan::scheduler
