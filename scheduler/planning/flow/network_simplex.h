#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/planning/flow/min_cost_flow.h"
#include "scheduler/planning/flow/spanning_tree.h"

namespace suan::scheduler {

/// The primal network simplex method: minimum-cost flow on a spanning tree that changes by one arc
/// at a time.
///
/// The tree is kept strongly feasible (every node could send one unit more to the root), so it never
/// cycles. Arcs enter by block search. After costs have changed, the last tree is where the next
/// solution begins: pricing by Lagrange multipliers does that thousands of times.
///
/// Requires: sums of supplies and capacities, and nodes times the largest cost, below 2^59; else the
///           status is Refused
/// Threads:  one at a time
/// Source:   Ahuja, Magnanti and Orlin, Network Flows (1993), chapter 11; Cunningham, Mathematical
///           Programming 11 (1976), for strong feasibility
class NetworkSimplex {
 public:
  explicit NetworkSimplex(const FlowProblem& problem);

  /// Changes the cost of an arc of the problem, for the next solution.
  void set_cost(uint32_t arc, int64_t cost) { cost_[arc] = cost; }

  [[nodiscard]] FlowSolution solve();

  /// How often an arc has entered, in all solutions together.
  [[nodiscard]] uint64_t pivots() const { return pivots_; }

 private:
  /// Where the flow of an arc stands; times the reduced cost it must not be negative.
  enum State : int8_t { Full = -1, InTree = 0, Empty = 1 };

  /// What ends the change of flow around a cycle.
  struct Blocking {
    int64_t room = 0;
    /// Below the arc that leaves; unset: the entering arc itself.
    std::optional<uint32_t> node{};
    bool is_on_second = false;  // behind the entering arc
  };

  /// The cycle that an entering arc closes: its flow runs from `join` down to `first`, over the arc
  /// to `second`, and up to `join` again.
  struct Cycle {
    uint32_t arc = 0;
    uint32_t first = 0;
    uint32_t second = 0;
    uint32_t join = 0;
  };

  void add_artificial_arcs(const std::vector<int64_t>& supply);
  [[nodiscard]] bool set_artificial_costs();
  void set_potentials();
  [[nodiscard]] std::optional<uint32_t> entering_arc();
  [[nodiscard]] Cycle cycle_of(uint32_t arc) const;
  [[nodiscard]] Blocking blocking(const Cycle& cycle) const;
  void push(const Cycle& cycle, int64_t amount);
  void exchange(const Cycle& cycle, const Blocking& blocking);
  [[nodiscard]] FlowSolution solution() const;

  [[nodiscard]] int64_t room_up(uint32_t node) const;
  [[nodiscard]] int64_t room_down(uint32_t node) const;

  uint32_t nodes_ = 0;
  uint32_t arcs_ = 0;  // of the problem; behind them one artificial arc per node
  bool is_accepted_ = false;
  std::vector<uint32_t> from_;
  std::vector<uint32_t> to_;
  std::vector<int64_t> capacity_;
  std::vector<int64_t> cost_;
  std::vector<int64_t> flow_;
  std::vector<int8_t> state_;
  std::vector<int64_t> potential_;  // the root's, the last one, is 0
  std::optional<SpanningTree> tree_;
  uint32_t next_arc_ = 0;
  uint64_t pivots_ = 0;
};

}  // namespace suan::scheduler
