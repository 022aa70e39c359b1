#include "scheduler/planning/capacity/traffic.h"

#include <gtest/gtest.h>

#include "tests/scheduler/planning/capacity/random_capacity.h"

namespace suan::scheduler {
namespace {

/// Two cells of 30 and 10; A serves 30 at a price of 1 and 5, B serves 20 at 2 and 2; not to serve
/// costs 9.
SearchService two_cells() {
  return {.demand = {30, 10},
          .unmet = {9, 9},
          .options = {{.capacity = 30, .fixed = 7, .count_max = 9},
                      {.capacity = 20, .fixed = 4, .count_max = 9}},
          .cost = {1, 5, 2, 2}};
}

TEST(Traffic, TakesWhatGainsMost) {
  const SearchService service = two_cells();
  Traffic traffic(service);
  EXPECT_EQ(traffic.cost(), 40 * 9);

  EXPECT_EQ(traffic.saving_of_add(0), 30 * 8);
  EXPECT_EQ(traffic.saving_of_add(1), 20 * 7);
  traffic.add(0);
  EXPECT_EQ(traffic.cost(), 30 * 1 + 10 * 9 + 7);

  EXPECT_EQ(traffic.saving_of_add(1), 10 * 7);
  EXPECT_EQ(traffic.loss_of_drop(0), 30 * 8);
  EXPECT_EQ(traffic.loss_of_swap(1, 0), 30 * 8 - 10 * 7 - 10 * 7);
}

TEST(Traffic, ShedsToWhereItCostsLeast) {
  const SearchService service = two_cells();
  Traffic traffic(service);
  traffic.add(0);
  traffic.add(1);
  ASSERT_EQ(traffic.cost(), 30 * 1 + 10 * 2 + 7 + 4);

  EXPECT_EQ(traffic.loss_of_drop(0), 10 * 1 + 20 * 8);
  traffic.drop(0);
  EXPECT_EQ(traffic.cost(), 10 * 2 + 10 * 2 + 20 * 9 + 4);
}

TEST(Traffic, DoesWhatItForetells) {
  Random random(31);
  for (int i = 0; i < 200; ++i) {
    const SearchProblem problem = search_problem(test::random_capacity(
        {.services = 1, .cells = 4, .options = 5, .devices_max = 9, .has_switches = true},
        random));
    const SearchService& service = problem.services[0];
    Traffic traffic(service);
    for (int step = 0; step < 12; ++step) {
      const auto option = static_cast<uint32_t>(random.below(service.size()));
      const bool drops = traffic.count(option) > 0 && random.below(3) == 0;
      const double rent = service.options[option].rent(traffic.count(option) - (drops ? 1 : 0));
      const double before = traffic.cost();
      const double expected = drops ? before + traffic.loss_of_drop(option) - rent
                                    : before - traffic.saving_of_add(option) + rent;

      if (drops) {
        traffic.drop(option);
      } else {
        traffic.add(option);
      }

      ASSERT_NEAR(traffic.cost(), expected, 1e-6 * before + 1) << "problem " << i;
    }
  }
}

}  // namespace
}  // namespace suan::scheduler
