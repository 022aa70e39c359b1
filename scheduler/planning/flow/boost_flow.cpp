#include "scheduler/planning/flow/boost_flow.h"

#include <algorithm>
#include <cstdlib>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/successive_shortest_path_nonnegative_weights.hpp>

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
                        boost::property<boost::edge_reverse_t,
                                        Traits::edge_descriptor,
                                        boost::property<boost::edge_weight_t, int64_t>>>>>;

/// A graph with the reverse arcs that Boost's algorithms ask for.
class Residual {
 public:
  explicit Residual(size_t nodes) : graph_(nodes) {}

  void add(size_t from, size_t to, int64_t capacity, int64_t cost) {
    const auto there = boost::add_edge(from, to, graph_).first;
    const auto back = boost::add_edge(to, from, graph_).first;
    boost::put(boost::edge_capacity, graph_, there, capacity);
    boost::put(boost::edge_capacity, graph_, back, 0);
    boost::put(boost::edge_weight, graph_, there, cost);
    boost::put(boost::edge_weight, graph_, back, -cost);
    boost::put(boost::edge_reverse, graph_, there, back);
    boost::put(boost::edge_reverse, graph_, back, there);
  }

  /// Sends as much as can be, as cheaply as can be.
  void solve(size_t source, size_t sink) {
    boost::successive_shortest_path_nonnegative_weights(graph_, source, sink);
  }

  /// Arcs that cost `dear` carry nothing, and all others from `source` are full.
  [[nodiscard]] bool is_saturated_from(size_t source, int64_t dear) const {
    for (const auto edge : boost::make_iterator_range(boost::out_edges(source, graph_))) {
      const int64_t left = boost::get(boost::edge_residual_capacity, graph_, edge);
      const bool is_dear = boost::get(boost::edge_weight, graph_, edge) == dear;
      if (left != (is_dear ? boost::get(boost::edge_capacity, graph_, edge) : 0)) return false;
    }
    return true;
  }

  [[nodiscard]] Wide cost() const {
    Wide sum = 0;
    for (const auto edge : boost::make_iterator_range(boost::edges(graph_))) {
      const Wide flow = boost::get(boost::edge_capacity, graph_, edge) -
                        boost::get(boost::edge_residual_capacity, graph_, edge);
      if (flow > 0) sum += flow * boost::get(boost::edge_weight, graph_, edge);
    }
    return sum;
  }

 private:
  Graph graph_;
};

}  // namespace

std::optional<Wide> least_cost_by_boost(const FlowProblem& problem) {
  const size_t nodes = problem.supply.size();
  const size_t source = nodes;
  const size_t sink = nodes + 1;
  Residual residual(nodes + 2);
  std::vector<int64_t> supply = problem.supply;
  Wide cost = 0;
  for (const FlowArc& arc : problem.arcs) {
    if (arc.cost >= 0) {
      residual.add(arc.from, arc.to, arc.capacity, arc.cost);
      continue;
    }
    // Shortest paths want no negative costs: the arc is filled, and may be emptied again.
    residual.add(arc.to, arc.from, arc.capacity, -arc.cost);
    supply[arc.from] -= arc.capacity;
    supply[arc.to] += arc.capacity;
    cost += Wide{arc.cost} * arc.capacity;
  }
  // Boost adds up the distances of nodes that nothing reaches, and overflows: so a way leads to each
  // node, dearer than all others, and never full. What it carries is what could not be had.
  int64_t dear = 1;
  int64_t wanted = 1;
  for (const FlowArc& arc : problem.arcs)
    dear = std::max(dear, std::abs(arc.cost) + 1);
  dear *= static_cast<int64_t>(nodes) + 2;
  for (size_t node = 0; node < nodes; ++node)
    wanted += std::max<int64_t>(-supply[node], 0);
  for (size_t node = 0; node < nodes; ++node) {
    if (supply[node] > 0) residual.add(source, node, supply[node], 0);
    if (supply[node] < 0) residual.add(node, sink, -supply[node], 0);
    residual.add(source, node, wanted, dear);
  }
  residual.solve(source, sink);
  if (!residual.is_saturated_from(source, dear)) return std::nullopt;
  return cost + residual.cost();
}

}  // namespace suan::scheduler
