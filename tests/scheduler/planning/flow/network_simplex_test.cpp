#include "scheduler/planning/flow/network_simplex.h"

#include <limits>

#include <gtest/gtest.h>

#include "scheduler/planning/flow/boost_flow.h"
#include "tests/scheduler/planning/flow/random_flow.h"

namespace suan::scheduler {
namespace {

using test::random_flow;
using test::RandomFlow;

FlowSolution solve(const FlowProblem& problem) {
  return NetworkSimplex(problem).solve();
}

/// Both agree, and the solution proves itself.
void expect_as_boost(const FlowProblem& problem, const FlowSolution& solution) {
  const auto expected = least_cost_by_boost(problem);
  ASSERT_EQ(solution.status, expected ? FlowStatus::Optimal : FlowStatus::Infeasible);
  if (!expected) return;
  EXPECT_TRUE(solution.cost == *expected);
  EXPECT_TRUE(is_optimal(problem, solution));
}

TEST(NetworkSimplex, TakesTheCheaperOfTwoWaysWhileItLasts) {
  // 5 units from 0 to 2: 3 of them by way of 1 at 2 each, the others at 7 each.
  const FlowProblem problem{.supply = {5, 0, -5},
                            .arcs = {{0, 1, 3, 1}, {1, 2, 9, 1}, {0, 2, 9, 7}}};

  const FlowSolution found = solve(problem);

  EXPECT_EQ(found.status, FlowStatus::Optimal);
  EXPECT_EQ(found.flow, (std::vector<int64_t>{3, 3, 2}));
  EXPECT_TRUE(found.cost == 20);
  EXPECT_TRUE(is_optimal(problem, found));
}

TEST(NetworkSimplex, FillsCyclesThatPay) {
  const FlowProblem problem{.supply = {0, 0},
                            .arcs = {{0, 1, 4, -3}, {1, 0, 6, 1}, {1, 1, 5, -1}}};

  const FlowSolution found = solve(problem);

  EXPECT_TRUE(found.cost == -8 - 5);
  EXPECT_TRUE(is_optimal(problem, found));
}

TEST(NetworkSimplex, SaysWhatIsInfeasible) {
  EXPECT_EQ(solve({.supply = {1, -1}, .arcs = {}}).status, FlowStatus::Infeasible);
  EXPECT_EQ(solve({.supply = {2, -2}, .arcs = {{0, 1, 1, 0}}}).status, FlowStatus::Infeasible);
  EXPECT_EQ(solve({.supply = {1, -1}, .arcs = {{1, 0, 1, 0}}}).status, FlowStatus::Infeasible);
}

TEST(NetworkSimplex, RefusesWhatIsNoProblem) {
  constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
  const auto status = [](const FlowProblem& problem) { return solve(problem).status; };

  EXPECT_EQ(status({.supply = {1}, .arcs = {}}), FlowStatus::Refused);
  EXPECT_EQ(status({.supply = {0}, .arcs = {{0, 1, 1, 1}}}), FlowStatus::Refused);
  EXPECT_EQ(status({.supply = {0}, .arcs = {{0, 0, -1, 1}}}), FlowStatus::Refused);
  EXPECT_EQ(status({.supply = {0, 0}, .arcs = {{0, 1, kHuge, 1}}}), FlowStatus::Refused);
  EXPECT_EQ(status({.supply = {0, 0}, .arcs = {{0, 1, 1, kHuge}}}), FlowStatus::Refused);
  EXPECT_EQ(status({.supply = {0, 0}, .arcs = {{0, 1, 1, -kHuge - 1}}}), FlowStatus::Refused);
  EXPECT_EQ(status({.supply = {-kHuge - 1, 1}, .arcs = {}}), FlowStatus::Refused);
}

TEST(NetworkSimplex, NothingCostsNothing) {
  EXPECT_EQ(solve({}).status, FlowStatus::Optimal);
  EXPECT_TRUE(solve({.supply = {0, 0}, .arcs = {{0, 1, 5, 3}}}).cost == 0);
}

TEST(NetworkSimplex, AgreesWithBoostOnThousandsOfSmallProblems) {
  Random random(11);
  uint32_t feasible = 0;
  for (uint32_t i = 0; i < 6'000; ++i) {
    const RandomFlow wish{.nodes = 2 + static_cast<uint32_t>(random.below(12)),
                          .arcs = static_cast<uint32_t>(random.below(50)),
                          .capacity_max = 1 + static_cast<uint32_t>(random.below(30)),
                          .cost_max = static_cast<uint32_t>(random.below(40)),
                          .has_negative_costs = random.below(2) == 0,
                          .amounts = static_cast<uint32_t>(random.below(6))};
    const FlowProblem problem = random_flow(wish, random);
    const FlowSolution found = solve(problem);
    expect_as_boost(problem, found);
    feasible += found.status == FlowStatus::Optimal ? 1 : 0;
    if (HasFatalFailure() || HasNonfatalFailure()) FAIL() << "problem " << i;
  }
  EXPECT_GT(feasible, 2'000U);
}

TEST(NetworkSimplex, GoesOnFromItsLastTreeWhenCostsChange) {
  Random random(12);
  for (uint32_t i = 0; i < 200; ++i) {
    FlowProblem problem = random_flow(
        {.nodes = 12, .arcs = 60, .has_negative_costs = true, .amounts = 5}, random);
    NetworkSimplex simplex(problem);
    static_cast<void>(simplex.solve());
    for (uint32_t change = 0; change < 10; ++change) {
      const auto arc = static_cast<uint32_t>(random.below(problem.arcs.size()));
      problem.arcs[arc].cost = static_cast<int64_t>(random.below(2'000)) - 500;
      simplex.set_cost(arc, problem.arcs[arc].cost);
      expect_as_boost(problem, simplex.solve());
    }
    if (HasFatalFailure() || HasNonfatalFailure()) FAIL() << "problem " << i;
  }
}

TEST(NetworkSimplex, AWarmStartTakesFewSteps) {
  Random random(13);
  FlowProblem problem = random_flow(
      {.nodes = 300, .arcs = 6'000, .capacity_max = 1'000, .cost_max = 1'000, .amounts = 40},
      random);
  NetworkSimplex simplex(problem);
  ASSERT_EQ(simplex.solve().status, FlowStatus::Optimal);
  const uint64_t cold = simplex.pivots();

  simplex.set_cost(17, problem.arcs[17].cost + 5);
  ASSERT_EQ(simplex.solve().status, FlowStatus::Optimal);

  EXPECT_LT(simplex.pivots() - cold, cold / 10);
}

TEST(IsOptimal, SeesEveryLie) {
  const FlowProblem problem{.supply = {5, 0, -5},
                            .arcs = {{0, 1, 3, 1}, {1, 2, 9, 1}, {0, 2, 9, 7}}};
  const FlowSolution honest = solve(problem);
  const auto is_believed = [&](const auto& change) {
    FlowSolution told = honest;
    change(told);
    return is_optimal(problem, told);
  };

  EXPECT_TRUE(is_believed([](FlowSolution&) {}));
  EXPECT_FALSE(is_believed([](FlowSolution& told) { told.cost -= 1; }));
  EXPECT_FALSE(is_believed([](FlowSolution& told) { told.flow[0] = 4; }));
  EXPECT_FALSE(is_believed([](FlowSolution& told) { told.flow.pop_back(); }));
  EXPECT_FALSE(is_believed([](FlowSolution& told) { told.potential[1] += 9; }));
  EXPECT_FALSE(is_believed([](FlowSolution& told) {
    told.flow = {0, 0, 5};  // feasible, and dearer
    told.cost = 35;
  }));
  EXPECT_FALSE(is_believed([](FlowSolution& told) { told.status = FlowStatus::Infeasible; }));
}

}  // namespace
}  // namespace suan::scheduler
