#include "scheduler/planning/flow/network_simplex.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace suan::scheduler {
namespace {

constexpr Wide kLargest = Wide{1} << 59;  // potentials are sums of a few such numbers
constexpr uint32_t kNodesMax = 1U << 30U;
constexpr uint32_t kBlockMin = 16;

bool is_acceptable(const FlowProblem& problem) {
  const size_t nodes = problem.supply.size();
  if (nodes >= kNodesMax || problem.arcs.size() >= kNodesMax) return false;
  Wide balance = 0;
  Wide most = 0;
  for (const int64_t supply : problem.supply) {
    balance += supply;
    most += supply < 0 ? -Wide{supply} : supply;
  }
  for (const FlowArc& arc : problem.arcs) {
    if (arc.from >= nodes || arc.to >= nodes || arc.capacity < 0) return false;
    most += arc.capacity;
  }
  return balance == 0 && most < kLargest;
}

}  // namespace

NetworkSimplex::NetworkSimplex(const FlowProblem& problem)
    : is_accepted_(is_acceptable(problem)) {
  if (!is_accepted_) {
    cost_.resize(problem.arcs.size());  // so that set_cost is harmless
    return;
  }
  nodes_ = static_cast<uint32_t>(problem.supply.size());
  arcs_ = static_cast<uint32_t>(problem.arcs.size());
  for (const FlowArc& arc : problem.arcs) {
    from_.push_back(arc.from);
    to_.push_back(arc.to);
    capacity_.push_back(arc.capacity);
    cost_.push_back(arc.cost);
  }
  flow_.resize(arcs_, 0);
  state_.resize(arcs_, Empty);
  add_artificial_arcs(problem.supply);
}

/// The first tree: what a node has goes to the root, and what it wants comes from there.
void NetworkSimplex::add_artificial_arcs(const std::vector<int64_t>& supply) {
  const uint32_t root = nodes_;
  std::vector<bool> leads_up(nodes_);
  for (uint32_t node = 0; node < nodes_; ++node) {
    leads_up[node] = supply[node] >= 0;
    from_.push_back(leads_up[node] ? node : root);
    to_.push_back(leads_up[node] ? root : node);
    capacity_.push_back(std::numeric_limits<int64_t>::max());
    cost_.push_back(0);
    flow_.push_back(std::abs(supply[node]));
    state_.push_back(InTree);
  }
  tree_.emplace(nodes_, arcs_, leads_up);
  potential_.resize(size_t{nodes_} + 1);
}

FlowSolution NetworkSimplex::solve() {
  if (!is_accepted_ || !set_artificial_costs()) return {};
  set_potentials();
  while (const auto entering = entering_arc()) {
    const Cycle cycle = cycle_of(*entering);
    const Blocking blocked = blocking(cycle);
    if (blocked.room > 0) push(cycle, blocked.room);
    exchange(cycle, blocked);
    ++pivots_;
  }
  return solution();
}

/// Dearer than any path, so that artificial arcs keep flow only where nothing else can carry it.
bool NetworkSimplex::set_artificial_costs() {
  Wide largest = 0;
  for (uint32_t arc = 0; arc < arcs_; ++arc)
    largest = std::max(largest, cost_[arc] < 0 ? -Wide{cost_[arc]} : Wide{cost_[arc]});
  const Wide artificial = (largest + 1) * (Wide{nodes_} + 1);
  if (artificial >= kLargest) return false;
  std::fill(cost_.begin() + arcs_, cost_.end(), static_cast<int64_t>(artificial));
  return true;
}

/// Arcs of the tree have a reduced cost of 0.
void NetworkSimplex::set_potentials() {
  const uint32_t root = tree_->root();
  potential_[root] = 0;
  tree_->for_branch(root, [&](uint32_t node) {
    if (node == root) return;
    const int64_t cost = cost_[tree_->arc(node)];
    potential_[node] = potential_[tree_->parent(node)] + (tree_->leads_up(node) ? -cost : cost);
  });
}

/// The arc with the most to gain of the first block that has any.
std::optional<uint32_t> NetworkSimplex::entering_arc() {
  const auto block =
      std::max(kBlockMin, static_cast<uint32_t>(std::sqrt(static_cast<double>(arcs_))));
  uint32_t arc = next_arc_;
  uint32_t best = 0;
  int64_t least = 0;
  uint32_t left_in_block = block;
  for (uint32_t left = arcs_; left > 0; --left) {
    const int64_t price =
        state_[arc] * (cost_[arc] + potential_[from_[arc]] - potential_[to_[arc]]);
    if (price < least) {
      least = price;
      best = arc;
    }
    if (++arc == arcs_) arc = 0;
    if (--left_in_block > 0) continue;
    if (least < 0) break;
    left_in_block = block;
  }
  next_arc_ = arc;
  return least < 0 ? std::optional(best) : std::nullopt;
}

NetworkSimplex::Cycle NetworkSimplex::cycle_of(uint32_t arc) const {
  Cycle cycle{.arc = arc, .first = from_[arc], .second = to_[arc]};
  if (state_[arc] == Full) std::swap(cycle.first, cycle.second);
  cycle.join = tree_->join(cycle.first, cycle.second);
  return cycle;
}

/// How much more can flow from a node to its parent.
int64_t NetworkSimplex::room_up(uint32_t node) const {
  const uint32_t arc = tree_->arc(node);
  return tree_->leads_up(node) ? capacity_[arc] - flow_[arc] : flow_[arc];
}

/// How much more can flow to a node from its parent.
int64_t NetworkSimplex::room_down(uint32_t node) const {
  const uint32_t arc = tree_->arc(node);
  return tree_->leads_up(node) ? flow_[arc] : capacity_[arc] - flow_[arc];
}

/// Of several arcs that block, the last one on the way of the flow from the join: with it the tree
/// stays strongly feasible.
NetworkSimplex::Blocking NetworkSimplex::blocking(const Cycle& cycle) const {
  Blocking found{.room = capacity_[cycle.arc]};
  for (uint32_t node = cycle.first; node != cycle.join; node = tree_->parent(node)) {
    const int64_t room = room_down(node);
    if (room < found.room) found = {.room = room, .node = node, .is_on_second = false};
  }
  for (uint32_t node = cycle.second; node != cycle.join; node = tree_->parent(node)) {
    const int64_t room = room_up(node);
    if (room <= found.room) found = {.room = room, .node = node, .is_on_second = true};
  }
  return found;
}

void NetworkSimplex::push(const Cycle& cycle, int64_t amount) {
  flow_[cycle.arc] += state_[cycle.arc] * amount;
  for (uint32_t node = cycle.first; node != cycle.join; node = tree_->parent(node))
    flow_[tree_->arc(node)] += tree_->leads_up(node) ? -amount : amount;
  for (uint32_t node = cycle.second; node != cycle.join; node = tree_->parent(node))
    flow_[tree_->arc(node)] += tree_->leads_up(node) ? amount : -amount;
}

/// The entering arc takes the place of the blocking one.
void NetworkSimplex::exchange(const Cycle& cycle, const Blocking& blocking) {
  if (!blocking.node) {
    state_[cycle.arc] = static_cast<int8_t>(-state_[cycle.arc]);
    return;
  }
  const uint32_t leaving = tree_->arc(*blocking.node);
  state_[leaving] = flow_[leaving] == 0 ? Empty : Full;
  state_[cycle.arc] = InTree;

  const uint32_t inside = blocking.is_on_second ? cycle.second : cycle.first;
  const uint32_t outside = blocking.is_on_second ? cycle.first : cycle.second;
  const bool leads_up = from_[cycle.arc] == inside;
  tree_->move_branch(*blocking.node, inside, outside, cycle.arc, leads_up);
  const int64_t cost = cost_[cycle.arc];
  const int64_t change = potential_[outside] + (leads_up ? -cost : cost) - potential_[inside];
  tree_->for_branch(inside, [&](uint32_t node) { potential_[node] += change; });
}

FlowSolution NetworkSimplex::solution() const {
  const auto artificial = flow_.begin() + arcs_;
  if (std::any_of(artificial, flow_.end(), [](int64_t flow) { return flow > 0; })) {
    return {.status = FlowStatus::Infeasible};
  }
  FlowSolution found{.status = FlowStatus::Optimal,
                     .flow = {flow_.begin(), artificial},
                     .potential = {potential_.begin(), potential_.end() - 1}};
  for (uint32_t arc = 0; arc < arcs_; ++arc)
    found.cost += Wide{cost_[arc]} * flow_[arc];
  return found;
}

}  // namespace suan::scheduler
