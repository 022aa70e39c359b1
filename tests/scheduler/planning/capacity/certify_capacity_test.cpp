#include "scheduler/planning/capacity/certify_capacity.h"

#include <functional>

#include <gtest/gtest.h>

#include "scheduler/planning/capacity/plan_capacity.h"
#include "tests/scheduler/planning/capacity/brute_force.h"
#include "tests/scheduler/planning/capacity/random_capacity.h"

namespace suan::scheduler {
namespace {

/// One pool of two devices; one service of two cells, of which the second may only use the second
/// option.
CapacityProblem small_problem() {
  return {
      .pools = {{.devices_milli = 2000}},
      .services = {
          {.cells = {{.demand_milli = 30'000, .unmet_p_per_etok = 9000},
                     {.demand_milli = 10'000, .unmet_p_per_etok = 9000}},
           .options = {{.devices_milli = 1000, .capacity_milli = 30'000, .fixed_n_per_s = 12},
                       {.devices_milli = 1000, .capacity_milli = 20'000, .fixed_n_per_s = 10}},
           .cost_p_per_etok = {100, kNoArc, 200, 300}}}};
}

struct Lie {
  std::string_view fault;
  std::function<void(CapacityPlan&)> tell;
};

TEST(CertifyCapacity, FindsEachLie) {
  const CapacityProblem problem = small_problem();
  const CapacityPlan honest = *plan_capacity(problem);
  ASSERT_TRUE(certify_capacity(problem, honest).is_valid());
  ASSERT_EQ(honest.services[0].counts, (std::vector<int64_t>{1, 1}));
  const std::vector<Lie> lies{
      {"replicas are not possible",
       [](CapacityPlan& plan) { plan.services[0].counts[0] = -1; }},
      {"replicas are not possible", [](CapacityPlan& plan) { plan.services[0].counts[0] = 3; }},
      {"more devices than it has",
       [](CapacityPlan& plan) {
         plan.services[0].counts = {2, 1};
       }},
      {"more traffic than its replicas",
       [](CapacityPlan& plan) { plan.services[0].counts[1] = 0; }},
      {"are not the demand", [](CapacityPlan& plan) { plan.services[0].flow_milli[0] -= 1; }},
      {"are not the demand", [](CapacityPlan& plan) { plan.services[0].unmet_milli[1] = -1; }},
      {"may not be served there",
       [](CapacityPlan& plan) { plan.services[0].flow_milli[1] = 1; }},
      {"may not be served there",
       [](CapacityPlan& plan) { plan.services[0].flow_milli[2] = -1; }},
      {"costs something else", [](CapacityPlan& plan) { plan.cost_f_per_s -= 1; }},
      {"do not prove its bound", [](CapacityPlan& plan) { plan.bound_f_per_s += 1; }},
      {"above its cost",
       [](CapacityPlan& plan) { plan.bound_f_per_s = plan.cost_f_per_s + 1; }},
      {"price is -1", [](CapacityPlan& plan) { plan.prices.pool_n_per_device_s[0] = -1; }},
      {"price is 9001", [](CapacityPlan& plan) { plan.prices.cell_p_per_etok[0][0] = 9001; }},
      {"shape", [](CapacityPlan& plan) { plan.services[0].counts.pop_back(); }},
      {"shape", [](CapacityPlan& plan) { plan.prices.cell_p_per_etok[0].pop_back(); }},
  };
  for (const Lie& lie : lies) {
    CapacityPlan plan = honest;
    lie.tell(plan);

    const Certificate found = certify_capacity(problem, plan);

    bool is_named = false;
    for (const std::string& fault : found.faults)
      is_named = is_named || fault.find(lie.fault) != std::string::npos;
    EXPECT_TRUE(is_named) << lie.fault;
  }
}

TEST(CertifyCapacity, ProvesNoMoreThanTheBestPlanCostsWhateverThePrices) {
  Random random(21);
  for (int i = 0; i < 200; ++i) {
    const CapacityProblem problem = test::random_capacity({.has_switches = i % 2 == 1}, random);
    const Wide least = test::BruteForce(problem).least_cost();
    for (int draw = 0; draw < 10; ++draw) {
      CapacityPrices prices;
      for (size_t pool = 0; pool < problem.pools.size(); ++pool)
        prices.pool_n_per_device_s.push_back(static_cast<int64_t>(random.below(40)));
      for (const ServiceDemand& service : problem.services) {
        auto& cells = prices.cell_p_per_etok.emplace_back();
        for (const DemandCell& cell : service.cells)
          cells.push_back(static_cast<int64_t>(
              random.below(static_cast<uint64_t>(cell.unmet_p_per_etok) + 1)));
      }

      ASSERT_TRUE(proven_bound(problem, prices) <= least) << "problem " << i;
    }
  }
}

TEST(CertifyCapacity, RefusesWhatIsNoProblem) {
  const auto message_of = [](const std::function<void(CapacityProblem&)>& spoil) {
    CapacityProblem problem = small_problem();
    spoil(problem);
    const auto result = check(problem);
    return result ? "" : result.error().message;
  };

  EXPECT_EQ(message_of([](CapacityProblem&) {}), "");
  EXPECT_EQ(message_of([](CapacityProblem& it) { it.services[0].options[1].pool = 1; }),
            "service 0: there is no pool 1");
  EXPECT_NE(message_of([](CapacityProblem& it) {
              it.services[0].options[1].capacity_milli = 0;
            }).find("service 0: capacity_milli is 0"),
            std::string::npos);
  EXPECT_NE(
      message_of([](CapacityProblem& it) { it.pools[0].devices_milli = -1; }).find("pool 0"),
      std::string::npos);
  EXPECT_NE(message_of([](CapacityProblem& it) {
              it.services[0].cost_p_per_etok[0] = -1;
            }).find("cost_p_per_etok is -1"),
            std::string::npos);
  EXPECT_NE(message_of([](CapacityProblem& it) {
              it.services[0].cost_p_per_etok.pop_back();
            }).find("3 costs for 2 options and 2 cells"),
            std::string::npos);
  EXPECT_NE(message_of([](CapacityProblem& it) {
              it.services[0].cells[0].demand_milli = std::numeric_limits<int64_t>::max();
            }).find("demand_milli"),
            std::string::npos);
}

}  // namespace
}  // namespace suan::scheduler
