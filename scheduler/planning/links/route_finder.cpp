#include "scheduler/planning/links/route_finder.h"

#include <algorithm>
#include <functional>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>

namespace suan::scheduler {
namespace {

using Graph = boost::adjacency_list<boost::vecS,
                                    boost::vecS,
                                    boost::directedS,
                                    boost::no_property,
                                    boost::property<boost::edge_index_t, size_t>>;
using Arc = boost::graph_traits<Graph>::edge_descriptor;

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

/// One search from a vertex of its own, `origin`, with an arc to each site; `weights` are by arc.
/// Tells the last arc of the way to each site.
template <class Compare, class Combine>
std::vector<uint32_t> search(const Graph& graph,
                             std::vector<int64_t>& weights,
                             std::vector<int64_t>& distances,
                             const Compare& compare,
                             const Combine& combine,
                             int64_t farthest,
                             int64_t nearest) {
  const size_t sites = boost::num_vertices(graph) - 1;
  const auto index = boost::get(boost::edge_index, graph);
  std::vector<Arc> last(sites + 1);
  const auto last_of =
      boost::make_iterator_property_map(last.begin(), boost::get(boost::vertex_index, graph));
  distances.assign(sites + 1, farthest);
  boost::dijkstra_shortest_paths(
      graph, sites,
      boost::weight_map(boost::make_iterator_property_map(weights.begin(), index))
          .distance_map(distances.data())
          .distance_compare(compare)
          .distance_combine(combine)
          .distance_inf(farthest)
          .distance_zero(nearest)
          .visitor(boost::make_dijkstra_visitor(
              boost::record_edge_predecessors(last_of, boost::on_edge_relaxed()))));

  distances.pop_back();
  std::vector<uint32_t> arcs(sites, WideWays::kNoArc);
  for (size_t site = 0; site < sites; ++site) {
    const bool is_reached = distances[site] != farthest;
    const bool is_start = is_reached && boost::source(last[site], graph) == sites;
    if (is_reached && !is_start) arcs[site] = static_cast<uint32_t>(index[last[site]]);
  }
  return arcs;
}

}  // namespace

struct RouteFinder::State {
  explicit State(size_t vertices) : graph(vertices) {}

  Graph graph;
};

RouteFinder::RouteFinder(const LinkNetwork& network)
    : network_(network), state_(std::make_unique<State>(network.sites().size() + 1)) {
  const size_t sites = network.sites().size();
  size_t arc = 0;
  for (const SiteLink& link : network.links()) {
    boost::add_edge(link.a, link.b, arc++, state_->graph);
    boost::add_edge(link.b, link.a, arc++, state_->graph);
  }
  for (size_t site = 0; site < sites; ++site)
    boost::add_edge(sites, site, arc++, state_->graph);
}

RouteFinder::~RouteFinder() = default;

WideWays RouteFinder::widest(const std::vector<uint32_t>& starts,
                             const std::vector<int64_t>& room) const {
  std::vector<int64_t> weights = room;
  weights.resize(room.size() + network_.sites().size(), 0);
  for (const uint32_t start : starts)
    weights[room.size() + start] = WideWays::kUnlimited;
  WideWays ways;
  const auto narrower = [](int64_t way, int64_t arc) { return std::min(way, arc); };
  ways.arc = search(state_->graph, weights, ways.width, std::greater<int64_t>(), narrower, 0,
                    WideWays::kUnlimited);
  return ways;
}

std::optional<LinkPath> RouteFinder::quickest(const std::vector<uint32_t>& starts,
                                              uint32_t to,
                                              const std::vector<int64_t>& room,
                                              int64_t room_min) const {
  std::vector<int64_t> weights(room.size() + network_.sites().size(), kNever);
  for (size_t arc = 0; arc < room.size(); ++arc) {
    if (room[arc] >= room_min) weights[arc] = network_.links()[arc / 2].one_way.count();
  }
  for (const uint32_t start : starts)
    weights[room.size() + start] = 0;
  std::vector<int64_t> delays;
  const std::vector<uint32_t> arc_to =
      search(state_->graph, weights, delays, std::less<int64_t>(),
             boost::closed_plus<int64_t>(kNever), kNever, int64_t{0});
  if (delays[to] == kNever) return std::nullopt;
  return path_to(to, arc_to);
}

LinkPath RouteFinder::path_to(uint32_t to, const std::vector<uint32_t>& arc_to) const {
  LinkPath path{.sites = {to}};
  std::vector<std::optional<int64_t>> capacities;
  for (uint32_t arc = arc_to[to]; arc != WideWays::kNoArc; arc = arc_to[path.sites.back()]) {
    const SiteLink& link = network_.links()[arc / 2];
    path.sites.push_back(tail(arc));
    path.links.push_back(arc / 2);
    path.one_way += link.one_way;
    capacities.push_back(link.bytes_per_s);
  }
  std::ranges::reverse(path.sites);
  std::ranges::reverse(path.links);
  // An unknown capacity is less than any known one, so one unknown makes the whole unknown.
  if (!capacities.empty()) path.bytes_per_s = *std::ranges::min_element(capacities);
  return path;
}

}  // namespace suan::scheduler
