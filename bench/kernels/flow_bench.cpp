#include <benchmark/benchmark.h>

#include "catalog/types/random.h"
#include "scheduler/planning/flow/boost_flow.h"
#include "scheduler/planning/flow/network_simplex.h"

// Minimum-cost flow from regions to the options that serve them, the shape that planning solves:
// every demand reaches many options, and options are scarce. Read it as: bm_network_simplex beside
// bm_boost_flow at equal arcs; reprice is what one step of Lagrangian prices costs.

namespace suan::scheduler {
namespace {

constexpr int64_t kPerDemand = 100;

/// An arc from each demand to each option, and room for a fifth more than what is demanded.
FlowProblem transport(int64_t demands, int64_t options) {
  Random random(3);
  const auto first_option = static_cast<uint32_t>(demands);
  const uint32_t sink = first_option + static_cast<uint32_t>(options);
  FlowProblem problem;
  problem.supply.resize(size_t{sink} + 1);
  for (uint32_t demand = 0; demand < first_option; ++demand) {
    problem.supply[demand] = kPerDemand;
    problem.supply[sink] -= kPerDemand;
    for (uint32_t option = first_option; option < sink; ++option) {
      problem.arcs.push_back({.from = demand,
                              .to = option,
                              .capacity = kPerDemand,
                              .cost = static_cast<int64_t>(random.below(10'000))});
    }
  }
  const int64_t demanded = kPerDemand * demands;
  for (uint32_t option = first_option; option < sink; ++option) {
    problem.arcs.push_back({.from = option,
                            .to = sink,
                            .capacity = (demanded + demanded / 5) / options,
                            .cost = static_cast<int64_t>(random.below(1'000))});
  }
  return problem;
}

void bm_network_simplex(benchmark::State& state) {
  const FlowProblem problem = transport(state.range(0), state.range(1));
  uint64_t pivots = 0;
  for (auto _ : state) {
    NetworkSimplex simplex(problem);
    benchmark::DoNotOptimize(simplex.solve());
    pivots = simplex.pivots();
  }
  state.counters["pivots"] = static_cast<double>(pivots);
}

void bm_network_simplex_reprice(benchmark::State& state) {
  const FlowProblem problem = transport(state.range(0), state.range(1));
  const auto arcs = static_cast<uint32_t>(problem.arcs.size());
  Random random(4);
  NetworkSimplex simplex(problem);
  benchmark::DoNotOptimize(simplex.solve());
  for (auto _ : state) {
    // One option becomes dearer or cheaper for all.
    const uint32_t arc = arcs - 1 - static_cast<uint32_t>(random.below(8));
    simplex.set_cost(arc, static_cast<int64_t>(random.below(1'000)));
    benchmark::DoNotOptimize(simplex.solve());
  }
}

void bm_boost_flow(benchmark::State& state) {
  const FlowProblem problem = transport(state.range(0), state.range(1));
  for (auto _ : state)
    benchmark::DoNotOptimize(least_cost_by_boost(problem));
}

BENCHMARK(bm_network_simplex)
    ->ArgNames({"demands", "options"})
    ->Args({14, 20})
    ->Args({100, 100})
    ->Args({316, 316})
    ->Args({1'000, 100})
    ->Args({5'000, 20})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(bm_network_simplex_reprice)
    ->ArgNames({"demands", "options"})
    ->Args({14, 20})
    ->Args({316, 316})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(bm_boost_flow)
    ->ArgNames({"demands", "options"})
    ->Args({100, 100})
    ->Args({316, 316})
    ->Args({1'000, 100})
    ->Args({5'000, 20})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace suan::scheduler
