#include "scheduler/planning/flow/min_cost_flow.h"

#include <cstddef>

namespace suan::scheduler {
namespace {

bool is_priced_right(const FlowArc& arc, int64_t flow, const std::vector<int64_t>& potential) {
  const Wide reduced = Wide{arc.cost} + potential[arc.from] - potential[arc.to];
  if (flow < 0 || flow > arc.capacity) return false;
  if (reduced > 0) return flow == 0;
  return reduced == 0 || flow == arc.capacity;
}

}  // namespace

bool is_optimal(const FlowProblem& problem, const FlowSolution& solution) {
  const size_t nodes = problem.supply.size();
  const bool has_sizes =
      solution.flow.size() == problem.arcs.size() && solution.potential.size() == nodes;
  if (solution.status != FlowStatus::Optimal || !has_sizes) return false;

  std::vector<Wide> left(problem.supply.begin(), problem.supply.end());
  Wide cost = 0;
  for (size_t i = 0; i < problem.arcs.size(); ++i) {
    const FlowArc& arc = problem.arcs[i];
    if (arc.from >= nodes || arc.to >= nodes) return false;
    if (!is_priced_right(arc, solution.flow[i], solution.potential)) return false;
    left[arc.from] -= solution.flow[i];
    left[arc.to] += solution.flow[i];
    cost += Wide{arc.cost} * solution.flow[i];
  }
  for (const Wide rest : left) {
    if (rest != 0) return false;
  }
  return cost == solution.cost;
}

}  // namespace suan::scheduler
