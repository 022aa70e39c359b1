#include "bench/sim/scenario_run.h"

#include <gtest/gtest.h>

#include "bench/baselines/baselines.h"
#include "bench/sim/scenario_load.h"
#include "tests/bench/scenario/small_scenario.h"

namespace suan::bench {
namespace {

ScenarioReport run(const std::string& text,
                   uint64_t seed = 1,
                   const std::string& policy = "suan") {
  const auto scenario = read_scenario(text, small_file);
  EXPECT_TRUE(scenario) << scenario.error();
  const auto plan = make_requests(*scenario, seed);
  EXPECT_TRUE(plan) << plan.error();
  auto report = simulate(*scenario, *plan, seed, policy);
  EXPECT_TRUE(report) << report.error();
  for (const std::string& violation : report->violations)
    ADD_FAILURE() << "seed " << seed << ": " << violation;
  EXPECT_EQ(report->requests, plan->requests.size());
  return *std::move(report);
}

std::string with_event(const std::string& event) {
  return small_scenario(R"("events": [])", R"("events": [)" + event + "]");
}

TEST(ScenarioRun, ServesEveryRequestOfACalmNetwork) {
  const ScenarioReport report = run(small_scenario());

  EXPECT_EQ(report.succeeded, report.requests);
  EXPECT_EQ(report.within_slo, report.requests);
  EXPECT_TRUE(report.refusals.empty());
  EXPECT_NEAR(report.output_tokens_per_s, 500, 70);  // 10 requests/s of 50 tokens
  // 500 tokens of prompt on 249.6 TFLOP/s take 32 ms, and the weights 5 ms.
  ASSERT_TRUE(report.ttft_ms_p50 && report.tpot_ms_p50);
  EXPECT_GT(*report.ttft_ms_p50, 37);
  EXPECT_LT(*report.ttft_ms_p50, 120);
  EXPECT_GT(*report.tpot_ms_p50, 5);
  EXPECT_GT(report.fairness, 0.999);
}

TEST(ScenarioRun, RepeatsItselfForEqualSeeds) {
  const ScenarioReport first = run(small_scenario(), 7);
  const ScenarioReport again = run(small_scenario(), 7);
  const ScenarioReport other = run(small_scenario(), 8);

  EXPECT_EQ(first.digest, again.digest);
  EXPECT_EQ(first.messages, again.messages);
  EXPECT_NE(first.digest, other.digest);
}

TEST(ScenarioRun, GoesOnWithoutALostSite) {
  const ScenarioReport report =
      run(with_event(R"({"event": "site_loss", "site": "hill", "at_s": 20, "for_s": 20})"));

  EXPECT_GT(report.succeeded, report.requests * 8 / 10);
  EXPECT_GT(report.retried, 0U);
  EXPECT_GT(report.tokens_by_site.at("lake"), report.tokens_by_site.at("hill") / 10);
}

TEST(ScenarioRun, HearsOfASlowLink) {
  // Half a millisecond becomes half a second, both ways.
  const ScenarioReport calm = run(small_scenario());
  const ScenarioReport slow = run(with_event(
      R"({"event": "slow_link", "site": "hill", "at_s": 0, "factor": 1000},
         {"event": "slow_link", "site": "lake", "at_s": 0, "factor": 100})"));

  EXPECT_GT(*slow.ttft_ms_p50, *calm.ttft_ms_p50 + 600);
}

TEST(ScenarioRun, SendsMoreToASiteThatClaimsMore) {
  const ScenarioReport honest = run(small_scenario());
  const ScenarioReport lied =
      run(with_event(R"({"event": "lying_site", "site": "lake", "factor": 20})"));

  const auto at_lake = [](const ScenarioReport& report) {
    const auto found = report.tokens_by_site.find("lake");
    return found == report.tokens_by_site.end() ? 0 : found->second;
  };
  EXPECT_GT(at_lake(lied), at_lake(honest) + 1'000);
}

TEST(ScenarioRun, SurvivesARollingRestart) {
  const ScenarioReport report =
      run(with_event(R"({"event": "rolling_restart", "at_s": 5, "every_s": 15, "down_s": 5})"));

  EXPECT_GT(report.succeeded, report.requests * 8 / 10);
}

TEST(ScenarioRun, TurnsAwayWhatACrowdHasTooMuch) {
  const ScenarioReport report = run(with_event(
      R"({"event": "flash_crowd", "at_s": 20, "ramp_s": 5, "for_s": 20, "factor": 50})"));

  EXPECT_GT(report.refusals.at("rate_limit_exceeded"), 1'000U);
  EXPECT_LT(report.slo_share, 0.9);
  EXPECT_GT(report.succeeded, 1'000U);
}

class Policies : public testing::TestWithParam<std::string> {};

TEST_P(Policies, ServeTheSameRequests) {
  const ScenarioReport report = run(small_scenario(), 1, GetParam());

  EXPECT_EQ(report.policy, GetParam());
  EXPECT_EQ(report.succeeded, report.requests);
}

INSTANTIATE_TEST_SUITE_P(
    All,
    Policies,
    testing::Values("suan", "round_robin", "least_loaded", "power_of_two", "prefix_hash"),
    [](const testing::TestParamInfo<std::string>& param) { return param.param; });

TEST(Policies, AreAllTested) {
  EXPECT_EQ(baselines().size(), 5U);
}

TEST(Policies, SpreadRequestsAsTheirNamesSay) {
  const ScenarioReport in_turn = run(small_scenario(), 1, "round_robin");
  const ScenarioReport by_prefix = run(small_scenario(), 1, "prefix_hash");

  // Two of three replicas are on the hill; prompts without hashes go where least is in flight.
  const double on_lake = static_cast<double>(in_turn.tokens_by_site.at("lake"));
  EXPECT_NEAR(on_lake / (in_turn.output_tokens_per_s * 60), 1.0 / 3, 0.02);
  EXPECT_NE(in_turn.digest, by_prefix.digest);
}

TEST(Policies, OfUnknownNameAreRefused) {
  const auto scenario = read_scenario(small_scenario(), small_file);
  ASSERT_TRUE(scenario);

  const auto report = simulate(*scenario, {}, 1, "round_robins");

  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().message,
            "there is no policy round_robins; did you mean round_robin?");
}

TEST(PrefixHashes, AreEqualForEqualBeginningsOfOneLap) {
  const std::vector<uint64_t> blocks{4, 5};
  const std::vector<uint64_t> others{4, 6};

  const auto hashes = prefix_hashes_of(blocks, 0, 1'000);
  const auto same_beginning = prefix_hashes_of(others, 0, 1'000);
  const auto next_lap = prefix_hashes_of(blocks, 1, 1'000);

  ASSERT_EQ(hashes.size(), 15U);  // whole blocks of 64 tokens
  for (size_t i = 0; i < hashes.size(); ++i)
    EXPECT_EQ(hashes[i] == same_beginning[i], i < 8) << i;
  EXPECT_NE(hashes[0], next_lap[0]);
}

TEST(JainIndex, IsOneForEqualsAndOneOverNForASingle) {
  EXPECT_EQ(jain_index({0.5, 0.5, 0.5}), 1);
  EXPECT_EQ(jain_index({1, 0, 0, 0}), 0.25);
  EXPECT_EQ(jain_index({}), 0);
}

}  // namespace
}  // namespace suan::bench
