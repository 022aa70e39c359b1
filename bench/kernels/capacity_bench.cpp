#include <cstdlib>

#include <benchmark/benchmark.h>

#include "bench/kernels/capacity_network.h"
#include "scheduler/planning/capacity/certify_capacity.h"
#include "scheduler/planning/capacity/plan_capacity.h"

// A whole plan of a national network: 1,000 services, 200 pools, 280,000 arcs. The counters tell what
// it is worth: gap_% is the certified distance to any better plan, greedy_% what the greedy plan
// costs more. `again` plans after one service in twenty has changed its demand by a tenth.

namespace suan::bench {
namespace {

using scheduler::CapacityPlan;
using scheduler::CapacityProblem;

CapacityNetwork network_of(const benchmark::State& state) {
  return {.load = static_cast<double>(state.range(0)) / 100,
          .rent = static_cast<double>(state.range(1)),
          .seed = static_cast<uint64_t>(state.range(2))};
}

void report(benchmark::State& state, const CapacityProblem& problem, const CapacityPlan& plan) {
  if (!scheduler::certify_capacity(problem, plan).is_valid())
    state.SkipWithError("the plan has no valid certificate");
  const auto greedy = scheduler::plan_greedily(problem);
  state.counters["gap_%"] = 100 * plan.gap().value_or(1);
  state.counters["greedy_%"] =
      100 *
      (static_cast<double>(greedy->cost_f_per_s) / static_cast<double>(plan.cost_f_per_s) - 1);
}

void bm_plan_capacity(benchmark::State& state) {
  const CapacityProblem problem = capacity_problem(network_of(state));
  CapacityPlan plan;
  for (auto _ : state)
    plan = *scheduler::plan_capacity(problem);
  report(state, problem, plan);
}

void bm_plan_capacity_again(benchmark::State& state) {
  CapacityProblem problem = capacity_problem(network_of(state));
  const CapacityPlan last = *scheduler::plan_capacity(problem);
  for (size_t i = 0; i < problem.services.size(); i += 20) {
    for (auto& cell : problem.services[i].cells)
      cell.demand_milli += cell.demand_milli / 10;
  }
  CapacityPlan plan;
  for (auto _ : state)
    plan = *scheduler::plan_capacity(problem, &last);
  report(state, problem, plan);
}

void networks(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"load_%", "rent", "seed"})->Unit(benchmark::kMillisecond);
  for (const int load : {60, 75, 85}) {
    for (const int seed : {1, 2, 3})
      bench->Args({load, 1, seed});
  }
  bench->Args({75, 5, 1});
}

BENCHMARK(bm_plan_capacity)->Apply(networks);
BENCHMARK(bm_plan_capacity_again)->Apply(networks);

}  // namespace
}  // namespace suan::bench
