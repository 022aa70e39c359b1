#include "bench/campaign.h"

#include <set>

#include <gtest/gtest.h>

#include "catalog/types/json.h"
#include "tests/bench/core/small_spec.h"

namespace suan::bench {
namespace {

const BenchNode kA{.site = SiteId("a"), .node = NodeId("a1")};
const BenchNode kB{.site = SiteId("b"), .node = NodeId("b1")};

SealedRun sealed(const BenchNode& node, double ttft_ms, std::vector<std::string> flags = {}) {
  return {.run_id = "r",
          .planned = {.target = node},
          .status = "complete",
          .flags = std::move(flags),
          .summary = {.requests = 4,
                      .ok = 4,
                      .ttft_ms_p50 = ttft_ms,
                      .tpot_ms_p50 = 5,
                      .decode_tokens_per_s = 200,
                      .attainment = 1}};
}

TEST(CampaignPlan, RunsEverySiteOnceInEachBlockInASeededOrder) {
  const auto planned = plan_executions(small_spec(), "nonce 0", {kB, kA, kB});

  ASSERT_TRUE(planned) << planned.error();
  ASSERT_EQ(planned->size(), 12U);
  bool is_order_mixed = false;
  for (size_t block = 0; block < 6; ++block) {
    const std::set<BenchNode> both{(*planned)[2 * block].target,
                                   (*planned)[2 * block + 1].target};
    EXPECT_EQ(both.size(), 2U);
    is_order_mixed |= (*planned)[2 * block].target != planned->front().target;
  }
  EXPECT_TRUE(is_order_mixed);
}

TEST(CampaignPlan, MeasuresOnlyTheSitesAskedFor) {
  BenchSpec spec = small_spec();
  spec.sites = {SiteId("b")};
  const auto planned = plan_executions(spec, "nonce", {kA, kB});
  ASSERT_TRUE(planned);
  EXPECT_EQ(planned->size(), 6U);

  spec.sites = {SiteId("c")};
  EXPECT_EQ(plan_executions(spec, "nonce", {kA, kB}).error().code, ErrorCode::NotFound);
  spec.sites.clear();
  EXPECT_EQ(plan_executions(spec, "nonce", {}).error().code, ErrorCode::NotFound);
}

TEST(CampaignPlan, StaysWithinItsBudget) {
  BenchSpec spec = small_spec();
  spec.budget.seconds = 11;  // two sites, six executions of one second
  EXPECT_EQ(plan_executions(spec, "nonce", {kA, kB}).error().param, "budget.seconds");

  spec = small_spec();
  spec.budget.requests = 71;  // twelve executions of six requests
  EXPECT_EQ(plan_executions(spec, "nonce", {kA, kB}).error().param, "budget.requests");
}

TEST(Measurements, AreMediansWithTheirExactIntervals) {
  std::vector<SealedRun> runs;
  for (const double ttft_ms : {21.0, 25.0, 22.0, 24.0, 20.0, 23.0}) {
    runs.push_back(sealed(kA, ttft_ms));
    runs.back().run_id = "run-" + std::to_string(runs.size());
  }

  const auto measured = measurements_of(small_spec(), runs, WallTime{});

  ASSERT_EQ(measured.size(), 3U);
  const auto ttft = std::ranges::find(measured, Metric::TtftMilliseconds, &Measurement::metric);
  ASSERT_NE(ttft, measured.end());
  EXPECT_EQ(ttft->run_id, "run-6");
  EXPECT_EQ(ttft->node, kA.node);
  EXPECT_EQ(ttft->value, 22.5);
  EXPECT_EQ(ttft->low, 20);
  EXPECT_EQ(ttft->high, 25);
  EXPECT_EQ(ttft->evidence, Evidence::Serving);
  EXPECT_EQ(ttft->log_sd, 0.10);
}

TEST(Measurements, LeaveOutFlaggedAbortedAndLonelyRuns) {
  std::vector<SealedRun> runs{sealed(kA, 20), sealed(kA, 22), sealed(kA, 999, {"host_noise"}),
                              sealed(kA, 999), sealed(kB, 20)};
  runs[3].status = "timeout";

  const auto measured = measurements_of(small_spec(), runs, WallTime{});

  for (const Measurement& each : measured) {
    EXPECT_EQ(each.node, kA.node);  // one valid run is not enough for b
    if (each.metric == Metric::TtftMilliseconds) {
      EXPECT_EQ(each.value, 21);
      EXPECT_FALSE(each.low);  // two runs support no interval
    }
  }
  EXPECT_EQ(measured.size(), 3U);
}

TEST(CampaignSummary, CountsValidAndFlaggedRunsOfEachNode) {
  const std::vector<SealedRun> runs{sealed(kA, 20), sealed(kA, 22),
                                    sealed(kA, 999, {"host_noise"})};

  const auto json = parse_json(campaign_summary_json(small_spec(), "c1", runs));

  ASSERT_TRUE(json);
  const Json& node = json->at("cells").at(0).at("nodes").at(0);
  EXPECT_EQ(node["executions"], 3);
  EXPECT_EQ(node["valid"], 2);
  EXPECT_EQ(node["flags"]["host_noise"], 1);
  EXPECT_EQ(node["ttft_ms"]["value"], 21.0);
  EXPECT_TRUE(node["ttft_ms"]["low"].is_null());
}

}  // namespace
}  // namespace suan::bench
