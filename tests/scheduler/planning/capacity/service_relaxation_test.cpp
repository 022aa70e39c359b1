#include "scheduler/planning/capacity/service_relaxation.h"

#include <numeric>

#include <gtest/gtest.h>

#include "scheduler/planning/flow/boost_flow.h"
#include "tests/scheduler/planning/capacity/random_capacity.h"

namespace suan::scheduler {
namespace {

/// The same, as one min-cost flow for Boost: cells, options, a sink.
double cost_by_boost(const SearchService& service, const std::vector<double>& rents) {
  const uint32_t cells = service.cells();
  const uint32_t sink = cells + service.size();
  FlowProblem problem{.supply = std::vector<int64_t>(sink + 1)};
  for (uint32_t cell = 0; cell < cells; ++cell) {
    const auto demand = static_cast<int64_t>(service.demand[cell]);
    problem.supply[cell] = demand;
    problem.supply[sink] -= demand;
    problem.arcs.push_back({cell, sink, demand, static_cast<int64_t>(service.unmet[cell])});
    for (uint32_t option = 0; option < service.size(); ++option) {
      const double cost = service.costs_of(option)[cell];
      if (cost < kNever)
        problem.arcs.push_back({cell, cells + option, demand, static_cast<int64_t>(cost)});
    }
  }
  for (uint32_t i = 0; i < service.size(); ++i) {
    const SearchOption& option = service.options[i];
    problem.arcs.push_back({cells + i, sink,
                            static_cast<int64_t>(option.capacity * option.count_max),
                            static_cast<int64_t>(rents[i] / option.capacity)});
  }
  return static_cast<double>(*least_cost_by_boost(problem));
}

TEST(ServiceRelaxation, CostsWhatBoostFinds) {
  Random random(51);
  int limited = 0;
  for (int i = 0; i < 500; ++i) {
    const SearchProblem problem = search_problem(
        test::random_capacity({.services = 1, .cells = 4, .options = 3}, random));
    const SearchService& service = problem.services[0];
    ServiceRelaxation relaxation(service);
    for (int again = 0; again < 3; ++again) {
      std::vector<double> rents;
      for (const SearchOption& option : service.options)
        rents.push_back(option.capacity * static_cast<double>(random.below(2000)));

      relaxation.solve(rents);

      const double expected = cost_by_boost(service, rents);
      ASSERT_NEAR(relaxation.cost(), expected, 1e-9 * expected + 1) << "problem " << i;
      for (uint32_t option = 0; option < service.size(); ++option) {
        ASSERT_LE(relaxation.counts()[option], service.options[option].count_max + 1e-9);
        if (relaxation.counts()[option] > service.options[option].count_max - 1e-9) ++limited;
      }
    }
  }
  EXPECT_GT(limited, 100);
}

TEST(ServiceRelaxation, PricesProveItsCost) {
  Random random(52);
  for (int i = 0; i < 300; ++i) {
    const SearchProblem problem = search_problem(
        test::random_capacity({.services = 1, .cells = 4, .options = 3}, random));
    const SearchService& service = problem.services[0];
    std::vector<double> rents;
    for (const SearchOption& option : service.options)
      rents.push_back(option.capacity * static_cast<double>(random.below(2000)));
    ServiceRelaxation relaxation(service);

    relaxation.solve(rents);

    // Linear duality: what cells pay, less what full options earn beyond their rent.
    double dual = 0;
    for (uint32_t cell = 0; cell < service.cells(); ++cell)
      dual += service.demand[cell] * relaxation.cell_prices()[cell];
    for (uint32_t option = 0; option < service.size(); ++option) {
      double best = 0;
      for (uint32_t cell = 0; cell < service.cells(); ++cell) {
        const double margin = relaxation.cell_prices()[cell] - service.costs_of(option)[cell] -
                              rents[option] / service.options[option].capacity;
        if (service.demand[cell] > 0) best = std::max(best, margin);
      }
      dual -= best * service.options[option].capacity * service.options[option].count_max;
    }
    ASSERT_NEAR(dual, relaxation.cost(), 1e-9 * relaxation.cost() + 1) << "problem " << i;
  }
}

}  // namespace
}  // namespace suan::scheduler
