#pragma once

#include <cstdint>
#include <vector>

namespace suan::scheduler {

/// Sums of products of 64-bit numbers.
__extension__ using Wide = __int128;

/// Flow along `from` -> `to`, at least 0 and at most `capacity`, each unit at `cost`.
struct FlowArc {
  uint32_t from = 0;
  uint32_t to = 0;
  int64_t capacity = 0;
  int64_t cost = 0;  // may be negative
};

/// Send what the sources have to where it is wanted, as cheaply as can be.
struct FlowProblem {
  std::vector<int64_t> supply;  // per node; negative: demand; the sum is 0
  std::vector<FlowArc> arcs;    // parallel ones and loops are fine
};

enum class FlowStatus : uint8_t {
  Optimal,
  Infeasible,  // some supply cannot reach a demand
  Refused,     // no problem: unknown nodes, negative capacities, or numbers that would overflow
};

/// A flow and the prices of nodes that prove that no other costs less: for each arc, with
/// reduced = cost + potential[from] - potential[to], `reduced > 0` implies flow 0, and
/// `reduced < 0` implies flow = capacity.
struct FlowSolution {
  FlowStatus status = FlowStatus::Refused;
  std::vector<int64_t> flow;       // per arc
  std::vector<int64_t> potential;  // per node
  Wide cost = 0;                   // sum of cost * flow
};

/// Whether `solution` is feasible and optimal for `problem`, by the conditions above. O(nodes +
/// arcs), in 128 bits, and with nothing of a solver's.
[[nodiscard]] bool is_optimal(const FlowProblem& problem, const FlowSolution& solution);

}  // namespace suan::scheduler
