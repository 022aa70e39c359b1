#include "scheduler/placement/site_graph.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <vector>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>

namespace suan::scheduler {

namespace {

using Graph = boost::adjacency_list<boost::vecS,
                                    boost::vecS,
                                    boost::undirectedS,
                                    boost::no_property,
                                    boost::property<boost::edge_weight_t, int64_t>>;

constexpr int64_t kUnreachable = std::numeric_limits<int64_t>::max();

std::pair<SiteId, SiteId> ordered(const SiteId& a, const SiteId& b) {
  return a < b ? std::pair(a, b) : std::pair(b, a);
}

}  // namespace

void SiteGraph::add_site(const SiteId& site) {
  sites_.insert(site);
}

void SiteGraph::add_link(const SiteId& a, const SiteId& b, Duration one_way) {
  assert(one_way >= Duration::zero());
  add_site(a);
  add_site(b);
  const auto [link, is_new] = links_.emplace(ordered(a, b), one_way);
  if (!is_new) {
    link->second = std::min(link->second, one_way);
  }
}

void SiteGraph::set_measured(const SiteId& a, const SiteId& b, Duration round_trip) {
  add_site(a);
  add_site(b);
  measured_[ordered(a, b)] = round_trip;
}

std::map<SiteId, Duration> SiteGraph::round_trips_from(const SiteId& site) const {
  if (!sites_.contains(site)) {
    return {};
  }
  const std::vector<SiteId> names(sites_.begin(), sites_.end());  // sorted
  const auto number_of = [&](const SiteId& name) {
    return static_cast<size_t>(std::ranges::lower_bound(names, name) - names.begin());
  };
  Graph graph(names.size());
  for (const auto& [ends, one_way] : links_) {
    boost::add_edge(number_of(ends.first), number_of(ends.second), one_way.count(), graph);
  }
  std::vector<int64_t> distances(names.size(), kUnreachable);
  boost::dijkstra_shortest_paths(
      graph, number_of(site), boost::distance_map(distances.data()).distance_inf(kUnreachable));

  std::map<SiteId, Duration> round_trips;
  for (size_t i = 0; i < names.size(); ++i) {
    if (distances[i] != kUnreachable) {
      round_trips[names[i]] = Duration(2 * distances[i]);
    }
    if (const auto found = measured_.find(ordered(site, names[i])); found != measured_.end()) {
      round_trips[names[i]] = found->second;
    }
  }
  return round_trips;
}

std::optional<Duration> SiteGraph::round_trip(const SiteId& a, const SiteId& b) const {
  const auto round_trips = round_trips_from(a);
  const auto found = round_trips.find(b);
  return found == round_trips.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace suan::scheduler
