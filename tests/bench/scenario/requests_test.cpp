#include "bench/scenario/requests.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/bench/scenario/small_scenario.h"

namespace suan::bench {
namespace {

Scenario scenario_with(const std::string& replaced = "", const std::string& by = "") {
  auto scenario = read_scenario(small_scenario(replaced, by), small_file);
  EXPECT_TRUE(scenario) << scenario.error();
  return *std::move(scenario);
}

const std::string kPoisson = R"("load": {"arrivals": "poisson", "rate_per_s": 10,
           "prompt_tokens": {"dist": "fixed", "value": 500},
           "output_tokens": {"dist": "fixed", "value": 50}})";

size_t count_within(const RequestPlan& plan, Duration from, Duration to) {
  return static_cast<size_t>(std::ranges::count_if(
      plan.requests,
      [&](const ScenarioRequest& each) { return each.at >= from && each.at < to; }));
}

TEST(Requests, RepeatForEqualSeedsAlone) {
  const Scenario scenario = scenario_with();

  const auto first = make_requests(scenario, 1);
  const auto again = make_requests(scenario, 1);
  const auto other = make_requests(scenario, 2);
  ASSERT_TRUE(first && again && other);

  const auto times = [](const RequestPlan& plan) {
    std::vector<int64_t> all;
    for (const ScenarioRequest& each : plan.requests)
      all.push_back(each.at.count() * 100 + each.account);
    return all;
  };
  EXPECT_EQ(times(*first), times(*again));
  EXPECT_NE(times(*first), times(*other));
  EXPECT_NEAR(static_cast<double>(first->requests.size()), 600, 75);  // 3 sd of 10/s for 60 s
}

TEST(Requests, ReplayATraceAgainAndAgain) {
  const Scenario scenario =
      scenario_with(kPoisson, R"("load": {"arrivals": "trace", "file": "trace.csv"})");

  const auto plan = make_requests(scenario, 1);
  ASSERT_TRUE(plan) << plan.error();

  // 3 requests within 3 s, then the first again an average gap of 1.5 s later.
  ASSERT_EQ(plan->requests.size(), 41U);
  EXPECT_EQ(plan->requests[1].at, 1s);
  EXPECT_EQ(plan->requests[1].prompt_tokens, 300U);
  EXPECT_EQ(plan->requests[3].at, 4500ms);
  EXPECT_EQ(plan->requests[3].lap, 1U);
}

TEST(Requests, ScaleTimeToAUtilisation) {
  const Scenario scenario = scenario_with(
      kPoisson, R"("load": {"arrivals": "trace", "file": "trace.csv", "utilisation": 0.5})");

  const auto plan = make_requests(scenario, 1);
  ASSERT_TRUE(plan) << plan.error();

  double capacity = 0;
  for (const ScenarioNode& node : scenario.nodes)
    capacity += requests_per_s(node.rates, 200, 20);
  EXPECT_NEAR(plan->rate_per_s, capacity / 2, 1e-6);
  EXPECT_NEAR(static_cast<double>(plan->requests.size()), 60 * capacity / 2, 60);
}

TEST(Requests, CrowdInAFlashAndLeave) {
  const Scenario scenario = scenario_with(
      R"("events": [])",
      R"("events": [{"event": "flash_crowd", "at_s": 20, "for_s": 10, "factor": 10}])");

  const auto plan = make_requests(scenario, 1);
  ASSERT_TRUE(plan) << plan.error();

  EXPECT_NEAR(static_cast<double>(count_within(*plan, 0s, 20s)), 200, 45);
  EXPECT_NEAR(static_cast<double>(count_within(*plan, 20s, 30s)), 1'000, 100);
  EXPECT_NEAR(static_cast<double>(count_within(*plan, 30s, 60s)), 300, 55);
  EXPECT_TRUE(std::ranges::is_sorted(plan->requests, {}, &ScenarioRequest::at));
}

TEST(Requests, GiveTheFirstAccountsTheMost) {
  const auto plan = make_requests(scenario_with(), 1);
  ASSERT_TRUE(plan) << plan.error();

  const auto of = [&](uint32_t account) {
    return std::ranges::count(plan->requests, account, &ScenarioRequest::account);
  };
  EXPECT_GT(of(0), 3 * of(10));
}

TEST(Requests, RefuseMoreThanARunTakes) {
  const auto plan =
      make_requests(scenario_with(R"("rate_per_s": 10)", R"("rate_per_s": 100000)"), 1);

  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message,
            "the scenario asks for 6e+06 requests, 5000000 are the most that one run takes");
}

}  // namespace
}  // namespace suan::bench
