#include "scheduler/placement/estimator.h"

#include <cmath>

#include <gtest/gtest.h>

namespace suan::scheduler {
namespace {

const NodeId kNode{"node-a"};
const ModelId kModelId{"stories-moe"};
constexpr WallTime kAt = wall_time_of_us(1'700'000'000'000'000);

Measurement measured(const std::string& run_id,
                     Metric metric,
                     double value,
                     Evidence evidence) {
  return {.run_id = run_id,
          .node = kNode,
          .model = kModelId,
          .metric = metric,
          .value = value,
          .evidence = evidence,
          .at = kAt};
}

TEST(Estimator, KnowsNothingBeforeTheFirstDecodeRate) {
  Estimator estimator;
  estimator.observe(measured("run-1", Metric::TtftMilliseconds, 30, Evidence::Serving));

  EXPECT_FALSE(estimator.estimate(kNode, kModelId, kAt));
}

TEST(Estimator, TakesTheJoiningMeasurementAsPriorAndTheSealedRunAsEvidence) {
  Estimator estimator;
  estimator.observe(
      measured("join:node-a:1", Metric::DecodeTokensPerSecond, 1000, Evidence::Micro));
  const auto joined = estimator.estimate(kNode, kModelId, kAt);
  ASSERT_TRUE(joined);
  EXPECT_NEAR(joined->decode_tokens_per_s_low, 562, 0.5);

  estimator.observe(measured("run-1", Metric::DecodeTokensPerSecond, 500, Evidence::Serving));

  const auto proven = estimator.estimate(kNode, kModelId, kAt);
  ASSERT_TRUE(proven);
  EXPECT_NEAR(proven->decode_tokens_per_s, 526.9, 0.1);
  EXPECT_EQ(proven->evidence, Evidence::Serving);
  EXPECT_NE(proven->estimate_id, joined->estimate_id);
}

TEST(Estimator, NamesTheRunsItReliedOnNewestFirst) {
  Estimator estimator;
  for (int i = 0; i < 12; ++i) {
    estimator.observe(measured("run-" + std::to_string(i), Metric::DecodeTokensPerSecond, 100,
                               Evidence::Serving));
  }

  const auto estimate = estimator.estimate(kNode, kModelId, kAt);

  ASSERT_TRUE(estimate);
  EXPECT_EQ(estimate->run_ids.size(), Estimator::kRunsKept);
  EXPECT_EQ(estimate->run_ids.front(), "run-11");
}

TEST(Estimator, CountsTpotAndItsInverseOfOneRunOnce) {
  Estimator once;
  once.observe(measured("join", Metric::DecodeTokensPerSecond, 200, Evidence::Micro));
  once.observe(measured("run-1", Metric::DecodeTokensPerSecond, 100, Evidence::Serving));
  Estimator both = once;

  both.observe(measured("run-1", Metric::TpotMilliseconds, 10, Evidence::Serving));

  EXPECT_EQ(both.estimate(kNode, kModelId, kAt)->decode_tokens_per_s,
            once.estimate(kNode, kModelId, kAt)->decode_tokens_per_s);
  EXPECT_EQ(both.estimate(kNode, kModelId, kAt)->tpot_ms, 10);
}

TEST(Estimator, IgnoresValuesThatAreNoRates) {
  Estimator estimator;
  for (const double value : {0.0, -5.0, std::nan(""), HUGE_VAL}) {
    estimator.observe(
        measured("run-1", Metric::DecodeTokensPerSecond, value, Evidence::Serving));
  }

  EXPECT_FALSE(estimator.estimate(kNode, kModelId, kAt));
}

TEST(Estimator, SmoothsRoundTripsByAnEighth) {
  Estimator estimator;
  estimator.observe(measured("", Metric::RttMilliseconds, 10, Evidence::Production));
  estimator.observe(measured("", Metric::RttMilliseconds, 18, Evidence::Production));

  EXPECT_EQ(estimator.round_trip(kNode), 11ms);
  EXPECT_FALSE(estimator.round_trip(NodeId("node-b")));
}

TEST(Estimator, ForgetsANode) {
  Estimator estimator;
  estimator.observe(measured("join", Metric::DecodeTokensPerSecond, 200, Evidence::Micro));

  estimator.forget(kNode);

  EXPECT_FALSE(estimator.estimate(kNode, kModelId, kAt));
}

}  // namespace
}  // namespace suan::scheduler
