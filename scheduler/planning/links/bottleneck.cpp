#include "scheduler/planning/links/bottleneck.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <numeric>
#include <utility>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/push_relabel_max_flow.hpp>

namespace suan::scheduler {
namespace {

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
using Graph = boost::adjacency_list<
    boost::vecS,
    boost::vecS,
    boost::directedS,
    boost::no_property,
    boost::property<
        boost::edge_capacity_t,
        int64_t,
        boost::property<boost::edge_residual_capacity_t,
                        int64_t,
                        boost::property<boost::edge_reverse_t, Traits::edge_descriptor>>>>;

/// Sites that count as one: the sources, the sinks, and what unlimited links join.
class Groups {
 public:
  explicit Groups(size_t sites) : leader_(sites) {
    std::iota(leader_.begin(), leader_.end(), 0U);
  }

  void join(uint32_t a, uint32_t b) { leader_[leader(a)] = leader(b); }

  void join_all(const SiteSet& sites) {
    for (const uint32_t site : sites)
      join(sites.front(), site);
  }

  [[nodiscard]] uint32_t leader(uint32_t site) const {
    while (leader_[site] != site)
      site = leader_[site];
    return site;
  }

 private:
  std::vector<uint32_t> leader_;
};

/// Boost's flow wants each arc to have a reverse one without capacity.
void add_arc(Graph& graph, uint32_t from, uint32_t to, int64_t capacity) {
  const auto there = boost::add_edge(from, to, graph).first;
  const auto back = boost::add_edge(to, from, graph).first;
  boost::put(boost::edge_capacity, graph, there, capacity);
  boost::put(boost::edge_capacity, graph, back, 0);
  boost::put(boost::edge_reverse, graph, there, back);
  boost::put(boost::edge_reverse, graph, back, there);
}

struct Flow {
  int64_t bytes_per_s = 0;
  std::vector<bool> is_before_cut;  // per group's leader
};

/// The maximum flow over links of known capacity between groups of sites.
Flow max_flow(const LinkNetwork& network,
              const Groups& groups,
              uint32_t source,
              uint32_t sink) {
  std::map<std::pair<uint32_t, uint32_t>, int64_t> capacities;
  for (const SiteLink& link : network.links()) {
    const uint32_t a = groups.leader(link.a);
    const uint32_t b = groups.leader(link.b);
    const int64_t capacity = link.bytes_per_s.value_or(0);
    if (a != b && capacity > 0) capacities[std::minmax(a, b)] += capacity;
  }
  Graph graph(network.sites().size());
  for (const auto& [ends, capacity] : capacities) {
    add_arc(graph, ends.first, ends.second, capacity);
    add_arc(graph, ends.second, ends.first, capacity);
  }

  Flow flow;
  if (!capacities.empty()) {
    flow.bytes_per_s = boost::push_relabel_max_flow(graph, source, sink);
  }
  flow.is_before_cut.resize(network.sites().size());
  flow.is_before_cut[source] = true;
  std::vector<uint32_t> reached{source};
  for (size_t i = 0; i < reached.size(); ++i) {
    for (const auto arc : boost::make_iterator_range(boost::out_edges(reached[i], graph))) {
      const auto next = static_cast<uint32_t>(boost::target(arc, graph));
      const bool is_full = boost::get(boost::edge_residual_capacity, graph, arc) == 0;
      if (is_full || flow.is_before_cut[next]) continue;
      flow.is_before_cut[next] = true;
      reached.push_back(next);
    }
  }
  return flow;
}

/// Where all links of the sinks come from the sources, as they do around a centre, there is nothing
/// to search.
std::optional<Bottleneck> direct_bottleneck(const LinkNetwork& network,
                                            const SiteSet& sources,
                                            const SiteSet& sinks) {
  enum class Role : uint8_t { Other, Source, Sink };

  std::vector<Role> role(network.sites().size());
  for (const uint32_t site : sources)
    role[site] = Role::Source;
  for (const uint32_t site : sinks)
    role[site] = Role::Sink;
  Bottleneck found;
  bool is_known = true;
  for (uint32_t i = 0; i < network.links().size(); ++i) {
    const SiteLink& link = network.links()[i];
    if (role[link.a] == role[link.b]) continue;
    if (role[link.a] != Role::Sink && role[link.b] != Role::Sink) continue;
    if (role[link.a] == Role::Other || role[link.b] == Role::Other) return std::nullopt;
    const int64_t bytes_per_s = link.bytes_per_s.value_or(0);
    found.bytes_per_s_at_least += bytes_per_s;
    if (bytes_per_s > 0) found.cut.push_back(i);
    is_known = is_known && link.bytes_per_s.has_value();
  }
  if (is_known) {
    found.bytes_per_s_at_most = found.bytes_per_s_at_least;
  } else {
    found.cut.clear();
  }
  return found;
}

}  // namespace

Bottleneck bottleneck(const LinkNetwork& network,
                      const SiteSet& sources,
                      const SiteSet& sinks) {
  assert(!sources.empty());
  assert(!sinks.empty());
  if (const auto direct = direct_bottleneck(network, sources, sinks)) return *direct;
  Groups groups(network.sites().size());
  groups.join_all(sources);
  groups.join_all(sinks);
  assert(groups.leader(sources.front()) != groups.leader(sinks.front()));

  const auto flow_now = [&] {
    return max_flow(network, groups, groups.leader(sources.front()),
                    groups.leader(sinks.front()));
  };
  const bool has_unknown = std::ranges::any_of(
      network.links(), [](const SiteLink& link) { return !link.bytes_per_s.has_value(); });
  Bottleneck found;
  if (has_unknown) {
    found.bytes_per_s_at_least = flow_now().bytes_per_s;
    for (const SiteLink& link : network.links()) {
      if (!link.bytes_per_s) groups.join(link.a, link.b);
    }
    if (groups.leader(sources.front()) == groups.leader(sinks.front())) return found;
  }

  const Flow flow = flow_now();
  found.bytes_per_s_at_most = flow.bytes_per_s;
  if (!has_unknown) found.bytes_per_s_at_least = flow.bytes_per_s;
  for (uint32_t i = 0; i < network.links().size(); ++i) {
    const SiteLink& link = network.links()[i];
    const bool is_across =
        flow.is_before_cut[groups.leader(link.a)] != flow.is_before_cut[groups.leader(link.b)];
    if (is_across && link.bytes_per_s.value_or(0) > 0) found.cut.push_back(i);
  }
  return found;
}

}  // namespace suan::scheduler
