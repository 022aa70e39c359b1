#include "bench/stats/quantile.h"

#include <vector>

#include <gtest/gtest.h>

#include "bench/stats/interval.h"

namespace suan::bench {
namespace {

std::vector<double> one_to(int n) {
  std::vector<double> values;
  for (int i = 1; i <= n; ++i) {
    values.push_back(i);
  }
  return values;
}

TEST(Quantile, InterpolatesByType7) {
  const std::vector<double> values{1, 2, 4, 8};

  EXPECT_DOUBLE_EQ(quantile_type7(values, 0), 1);
  EXPECT_DOUBLE_EQ(quantile_type7(values, 0.5), 3);    // h = 1.5
  EXPECT_DOUBLE_EQ(quantile_type7(values, 0.9), 6.8);  // h = 2.7
  EXPECT_DOUBLE_EQ(quantile_type7(values, 1), 8);
}

TEST(Quantile, TakesAnObservedValueByNearestRank) {
  EXPECT_EQ(quantile_nearest_rank(one_to(100), 0.99), 99);
  EXPECT_EQ(quantile_nearest_rank(one_to(100), 0.07), 7);  // 0.07 * 100 is above 7 in binary
  EXPECT_EQ(quantile_nearest_rank(one_to(10), 0.99), 10);
  EXPECT_EQ(quantile_nearest_rank(one_to(10), 0), 1);
}

TEST(Quantile, SortsBeforeItTakesAMedian) {
  const std::vector<double> values{9, 1, 5};

  EXPECT_EQ(median(values), 5);
}

TEST(Quantile, AveragesRatesHarmonically) {
  const std::vector<double> values{30, 60};

  EXPECT_DOUBLE_EQ(harmonic_mean(values), 40);
}

TEST(QuantileInterval, SpansAllOfSixValues) {
  const RankInterval interval = quantile_interval(one_to(6), 0.5);

  EXPECT_EQ(interval.low, 1);
  EXPECT_EQ(interval.high, 6);
  EXPECT_DOUBLE_EQ(interval.coverage, 1 - 2.0 / 64);
}

TEST(QuantileInterval, HasNoEndsForFiveValues) {
  const RankInterval interval = quantile_interval(one_to(5), 0.5);

  EXPECT_FALSE(interval.low);
  EXPECT_FALSE(interval.high);
}

TEST(QuantileInterval, UsesExactBinomialRanks) {
  // P(Bin(10, 1/2) <= 1) = 11/1024 and <= 2 is 56/1024: ranks 2 and 9, coverage 1 - 22/1024.
  const RankInterval ten = quantile_interval(one_to(10), 0.5);
  EXPECT_EQ(ten.rank_low, 2U);
  EXPECT_EQ(ten.rank_high, 9U);
  EXPECT_NEAR(ten.coverage, 1 - 22.0 / 1024, 1e-12);

  const RankInterval twenty = quantile_interval(one_to(20), 0.5);
  EXPECT_EQ(twenty.rank_low, 6U);
  EXPECT_EQ(twenty.rank_high, 15U);
  EXPECT_NEAR(twenty.coverage, 0.95861, 1e-5);
}

TEST(QuantileInterval, LacksAnUpperEndForATailOfFewSamples) {
  const RankInterval interval = quantile_interval(one_to(50), 0.99);

  EXPECT_TRUE(interval.low);
  EXPECT_FALSE(interval.high);
}

}  // namespace
}  // namespace suan::bench
