#include "scheduler/planning/capacity/option_profit.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "tests/scheduler/planning/capacity/random_capacity.h"

namespace suan::scheduler {
namespace {

/// The best profit over all counts, each filled with the best payers first.
double best_profit(const SearchService& service,
                   uint32_t index,
                   const std::vector<double>& prices,
                   double pool_price) {
  const SearchOption& option = service.options[index];
  std::vector<std::pair<double, double>> offers;
  for (uint32_t cell = 0; cell < service.cells(); ++cell)
    offers.emplace_back(prices[cell] - service.costs_of(index)[cell], service.demand[cell]);
  std::ranges::sort(offers, std::greater<>());
  double best = -1e300;
  const auto limit = static_cast<int>(option.count_max);
  for (int replicas = 0; replicas <= limit; ++replicas) {
    const double count = replicas;
    double room = count * option.capacity;
    double profit = -count * (option.fixed + pool_price * option.devices);
    profit -= option.switching * (std::abs(count - option.present) - option.present);
    for (const auto& [margin, amount] : offers) {
      if (margin <= 0) break;
      profit += std::min(room, amount) * margin;
      room -= std::min(room, amount);
    }
    best = std::max(best, profit);
  }
  return best;
}

TEST(OptionProfit, IsTheBestOverAllCounts) {
  Random random(41);
  OptionProfit found;
  for (int i = 0; i < 2000; ++i) {
    const SearchProblem problem =
        search_problem(test::random_capacity({.services = 1,
                                              .cells = 4,
                                              .options = 2,
                                              .devices_max = 12,
                                              .count_max = 8,
                                              .has_switches = i % 2 == 1},
                                             random));
    const SearchService& service = problem.services[0];
    const double pool_price = 1e3 * static_cast<double>(random.below(30));
    std::vector<double> prices;
    for (uint32_t cell = 0; cell < service.cells(); ++cell)
      prices.push_back(random.uniform() * service.unmet[cell]);

    found.find(service, 0, prices, pool_price);

    const double expected = best_profit(service, 0, prices, pool_price);
    ASSERT_NEAR(found.profit(), expected, 1e-9 * std::abs(expected) + 1) << "problem " << i;
    double served = 0;
    found.for_served([&](uint32_t, double amount) { served += amount; });
    ASSERT_LE(served, found.count() * service.options[0].capacity + 1e-6);
  }
}

}  // namespace
}  // namespace suan::scheduler
