#include "scheduler/placement/rate_filter.h"

#include <cmath>

#include <gtest/gtest.h>

namespace suan::scheduler {
namespace {

constexpr WallTime kStart = wall_time_of_us(1'700'000'000'000'000);

TEST(RateFilter, CountsTheLowerBoundThatTheEvidenceDeserves) {
  EXPECT_NEAR(RateFilter(1000, 0.10, kStart).lower_bound(), 848, 0.5);
  EXPECT_NEAR(RateFilter(1000, 0.20, kStart).lower_bound(), 720, 0.5);
  EXPECT_NEAR(RateFilter(1000, 0.35, kStart).lower_bound(), 562, 0.5);
  EXPECT_NEAR(RateFilter(1000, 0.70, kStart).lower_bound(), 316, 0.5);
}

TEST(RateFilter, WeighsAMeasurementByItsPrecision) {
  RateFilter filter(1000, 0.35, kStart);

  filter.observe(500, 0.10, kStart);

  // K = 0.1225 / (0.1225 + 0.01) = 0.92453; ln m = ln 1000 - K ln 2.
  EXPECT_NEAR(filter.mean(), 526.9, 0.1);
  EXPECT_NEAR(filter.log_sd(), 0.35 * 0.274721, 1e-5);
}

TEST(RateFilter, DoublesItsUncertaintyOfATenthInFiveMinutes) {
  const RateFilter filter(1000, 0.10, kStart);

  EXPECT_NEAR(filter.at(kStart + 5min).log_sd(), 0.20, 1e-9);
}

TEST(RateFilter, NeverForgetsMoreThanThePriorDidNotKnow) {
  RateFilter filter(1000, 0.35, kStart);
  filter.observe(500, 0.10, kStart);

  const RateFilter aged = filter.at(kStart + 48h);

  EXPECT_NEAR(aged.log_sd(), 0.35, 1e-9);
  EXPECT_NEAR(aged.mean(), 1000, 1);  // drifted back, with a time constant of 4 h
}

TEST(RateFilter, LearnsFromUnsaturatedTrafficOnlyThatMoreIsPossible) {
  const auto after = [](double reached) {
    RateFilter filter(1000, 0.35, kStart);
    filter.observe_at_least(reached, 0.1, kStart);
    return filter;
  };

  EXPECT_NEAR(after(200).mean(), 1000, 1);
  EXPECT_NEAR(after(700).mean(), 1104, 1);
  EXPECT_NEAR(after(700).log_sd(), 0.283, 0.001);
  EXPECT_NEAR(after(1300).mean(), 1552, 1);
  EXPECT_NEAR(after(1300).log_sd(), 0.189, 0.001);
}

TEST(RateFilter, StaysFiniteWhenFarMoreWasReachedThanBelieved) {
  RateFilter filter(1, 0.1, kStart);

  filter.observe_at_least(1e9, 0.1, kStart);

  EXPECT_TRUE(std::isfinite(filter.mean()));
  EXPECT_GT(filter.log_sd(), 0);
}

TEST(RateFilter, BecomesSuspectAfterTwoSurprisesInARow) {
  RateFilter filter(1000, 0.10, kStart);

  filter.observe(100, 0.10, kStart);
  EXPECT_FALSE(filter.is_suspect());

  filter.observe(5000, 0.10, kStart);
  EXPECT_TRUE(filter.is_suspect());
}

TEST(RateFilter, IgnoresTimeThatRunsBackwards) {
  const RateFilter filter(1000, 0.10, kStart);

  EXPECT_EQ(filter.at(kStart - 1h).log_sd(), filter.log_sd());
}

}  // namespace
}  // namespace suan::scheduler
