#include "scheduler/planning/capacity/plan_capacity.h"

#include <gtest/gtest.h>

#include "scheduler/planning/capacity/certify_capacity.h"
#include "tests/scheduler/planning/capacity/brute_force.h"
#include "tests/scheduler/planning/capacity/random_capacity.h"

namespace suan::scheduler {
namespace {

using test::BruteForce;
using test::random_capacity;
using test::RandomCapacity;

constexpr Wide kYuanN = 1'000'000;  // femto-yuan

/// Two pools and two services. With one device in P the best plans cost 110 nano-yuan per second: the
/// other service needs three replicas on Q.
CapacityProblem two_by_two(int64_t devices_in_p) {
  const auto cell = [](int64_t etok) {
    return DemandCell{.demand_milli = etok * 1000, .unmet_p_per_etok = 5000};
  };
  const auto option = [](uint32_t pool, int64_t etok) {
    return CapacityOption{.pool = pool,
                          .devices_milli = 1000,
                          .capacity_milli = etok * 1000,
                          .fixed_n_per_s = pool == 0 ? 30 : 20};
  };
  return {.pools = {{.devices_milli = devices_in_p * 1000}, {.devices_milli = 4000}},
          .services = {{.cells = {cell(100)},
                        .options = {option(0, 60), option(1, 40)},
                        .cost_p_per_etok = {0, 0}},
                       {.cells = {cell(60)},
                        .options = {option(0, 50), option(1, 20)},
                        .cost_p_per_etok = {0, 0}}}};
}

CapacityPlan certified_plan(const CapacityProblem& problem,
                            const CapacityPlan* last = nullptr) {
  const auto plan = plan_capacity(problem, last);
  EXPECT_TRUE(plan) << plan.error();
  const Certificate certificate = certify_capacity(problem, *plan);
  EXPECT_TRUE(certificate.is_valid()) << certificate.faults.front();
  return *plan;
}

TEST(PlanCapacity, UsesTheScarceDevice) {
  const CapacityPlan plan = certified_plan(two_by_two(1));

  EXPECT_TRUE(plan.cost_f_per_s == 110 * kYuanN);
  EXPECT_EQ(plan.services[0].counts[0] + plan.services[1].counts[0], 1);
}

TEST(PlanCapacity, CostsLessWithOneDeviceMore) {
  const CapacityPlan plan = certified_plan(two_by_two(2));

  EXPECT_TRUE(plan.cost_f_per_s == 100 * kYuanN);
}

TEST(PlanCapacity, IsCloseToTheBestOnRandomProblems) {
  Random random(11);
  double cost = 0;
  double best = 0;
  double bound = 0;
  for (int i = 0; i < 150; ++i) {
    const CapacityProblem problem = random_capacity({.has_switches = i % 2 == 1}, random);

    const CapacityPlan plan = certified_plan(problem);

    const Wide least = BruteForce(problem).least_cost();
    ASSERT_TRUE(plan.cost_f_per_s >= least) << "problem " << i;
    ASSERT_TRUE(plan.bound_f_per_s <= least) << "problem " << i;
    cost += static_cast<double>(plan.cost_f_per_s);
    best += static_cast<double>(least);
    bound += static_cast<double>(plan.bound_f_per_s);
  }
  // Tiny problems are the hardest: nothing averages out. These are what they are, not bars.
  EXPECT_LT(cost, 1.02 * best);
  EXPECT_GT(bound, 0.85 * best);
}

TEST(PlanCapacity, NeverCostsMoreThanTheGreedyPlan) {
  Random random(12);
  for (int i = 0; i < 100; ++i) {
    const CapacityProblem problem = random_capacity(
        {.pools = 4, .services = 12, .cells = 4, .options = 5, .devices_max = 8}, random);

    const CapacityPlan plan = certified_plan(problem);

    ASSERT_TRUE(plan.cost_f_per_s <= plan_greedily(problem)->cost_f_per_s) << "problem " << i;
  }
}

TEST(PlanCapacity, StaysWhereItIsWhileMovingDoesNotPay) {
  CapacityProblem problem = two_by_two(1);
  problem.services[0].options[1].present = 3;
  problem.services[1].options[1].present = 1;
  for (ServiceDemand& service : problem.services) {
    for (CapacityOption& option : service.options)
      option.switch_n_per_s = 1000;  // more than all unmet demand costs
  }

  const CapacityPlan dear = certified_plan(problem);
  problem.services[1].options[0].switch_n_per_s = 1;
  const CapacityPlan cheap = certified_plan(problem);

  EXPECT_EQ(dear.services[0].counts, (std::vector<int64_t>{0, 3}));
  EXPECT_EQ(dear.services[1].counts, (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(cheap.services[1].counts, (std::vector<int64_t>{1, 1}));
}

TEST(PlanCapacity, GoesOnFromItsLastPlan) {
  Random random(13);
  for (int i = 0; i < 30; ++i) {
    const RandomCapacity wish{
        .pools = 4, .services = 12, .cells = 4, .options = 5, .devices_max = 8};
    CapacityProblem problem = random_capacity(wish, random);
    const CapacityPlan last = certified_plan(problem);
    for (DemandCell& cell : problem.services[0].cells)
      cell.demand_milli += 7000;
    problem.pools[1].devices_milli /= 2;

    const CapacityPlan next = certified_plan(problem, &last);

    const CapacityPlan anew = certified_plan(problem);
    EXPECT_LT(static_cast<double>(next.cost_f_per_s),
              1.1 * static_cast<double>(anew.cost_f_per_s))
        << "problem " << i;
  }
}

TEST(PlanCapacity, ServesNobodyWhereThereIsNothing) {
  CapacityProblem problem = two_by_two(1);
  problem.pools = {{.devices_milli = 0}, {.devices_milli = 0}};

  const CapacityPlan nothing = certified_plan(problem);
  const CapacityPlan empty = certified_plan({});

  EXPECT_EQ(nothing.services[0].unmet_milli, (std::vector<int64_t>{100'000}));
  EXPECT_TRUE(nothing.cost_f_per_s == Wide{160} * 5 * kYuanN);
  EXPECT_TRUE(nothing.bound_f_per_s == nothing.cost_f_per_s);
  EXPECT_TRUE(empty.cost_f_per_s == 0);
  EXPECT_FALSE(empty.gap());
}

TEST(PlanCapacity, IsTheSameEachTime) {
  Random random(14);
  const CapacityProblem problem = random_capacity(
      {.pools = 5, .services = 20, .cells = 5, .options = 6, .devices_max = 9}, random);

  const CapacityPlan one = certified_plan(problem);
  const CapacityPlan other = certified_plan(problem);

  EXPECT_EQ(one.prices.pool_n_per_device_s, other.prices.pool_n_per_device_s);
  EXPECT_EQ(one.prices.cell_p_per_etok, other.prices.cell_p_per_etok);
  for (size_t i = 0; i < one.services.size(); ++i)
    EXPECT_EQ(one.services[i].counts, other.services[i].counts);
}

}  // namespace
}  // namespace suan::scheduler
