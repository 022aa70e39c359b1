#include "bench/sim/scenario_report.h"

#include <gtest/gtest.h>

namespace suan::bench {
namespace {

constexpr Time kAsked{1s};

/// Ten tokens: the first 100 ms after it was asked for, then one each 20 ms.
std::shared_ptr<SeenRequest> answer() {
  auto seen = std::make_shared<SeenRequest>();
  seen->asked = kAsked;
  seen->ends = 1;
  seen->tokens = 10;
  seen->ttft = 100ms;
  seen->last_token_at = kAsked + 100ms + 9 * 20ms;
  seen->usage = {100, 10, 25};
  seen->site = SiteId("hill");
  return seen;
}

std::shared_ptr<SeenRequest> refusal() {
  auto seen = std::make_shared<SeenRequest>();
  seen->ends = 1;
  seen->error = ErrorCode::Overloaded;
  return seen;
}

Scenario scenario() {
  Scenario scenario;
  scenario.duration = 10s;
  scenario.slo = {.ttft_ms = 105, .tpot_ms = 30};
  scenario.load.accounts = 2;
  scenario.clients = {{"near", 0ms, 1}, {"far", 5ms, 1}};
  return scenario;
}

TEST(ScenarioReport, CountsTheClientsOwnRoundTrip) {
  const std::vector<ScenarioRequest> requests{{.output_tokens = 10, .clients = 0},
                                              {.output_tokens = 10, .clients = 1}};
  ScenarioReport report;

  add_outcomes(scenario(), requests, {answer(), answer()}, report);

  EXPECT_EQ(report.succeeded, 2U);
  EXPECT_EQ(report.within_slo, 1U);  // 110 ms for the far one
  EXPECT_NEAR(*report.ttft_ms_p50, 105, 1e-9);
  EXPECT_NEAR(*report.tpot_ms_p99, 20, 1e-9);
  EXPECT_NEAR(report.goodput_per_s, 0.1, 1e-9);
  EXPECT_NEAR(report.cached_share, 0.25, 1e-9);
  EXPECT_EQ(report.tokens_by_site.at("hill"), 20U);
}

TEST(ScenarioReport, TellsWhyAndOfWhomRequestsWereRefused) {
  const std::vector<ScenarioRequest> requests{{.output_tokens = 10, .account = 0},
                                              {.output_tokens = 10, .account = 1}};
  ScenarioReport report;

  add_outcomes(scenario(), requests, {answer(), refusal()}, report);

  EXPECT_EQ(report.refusals.at("rate_limit_exceeded"), 1U);
  EXPECT_EQ(report.slo_share, 0.5);
  EXPECT_EQ(report.fairness, 0.5);  // one account has everything
}

}  // namespace
}  // namespace suan::bench
