#include "engine/sampling/weights.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace suan::engine {
namespace {

std::vector<float> random_logits(size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 5);
  std::vector<float> logits(size);
  std::ranges::generate(logits, [&] { return normal(random); });
  return logits;
}

TEST(Weights, ExponentialsAreRightToThreeTenMillionths) {
  std::vector<float> logits;
  for (int i = 0; i <= 87'000; ++i)
    logits.push_back(-static_cast<float>(i) / 1000);
  std::vector<float> weights(logits.size());

  const double sum = exponentials(logits, 0, 1, weights);

  double exact = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    const double expected = std::exp(static_cast<double>(logits[i]));
    exact += expected;
    ASSERT_NEAR(weights[i] / expected, 1, 3e-7) << logits[i];
  }
  EXPECT_NEAR(sum / exact, 1, 1e-7);
}

TEST(Weights, WhatIsFarBelowWeighsNothing) {
  const std::vector<float> logits{0, -88, -1e30F, -std::numeric_limits<float>::infinity()};
  std::vector<float> weights(logits.size());

  EXPECT_EQ(exponentials(logits, 0, 1, weights), 1);
  EXPECT_EQ(weights, (std::vector<float>{1, 0, 0, 0}));
}

TEST(Weights, HighestIsFoundAtEveryPlace) {
  for (size_t size = 1; size < 70; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::vector<float> logits(size, -2);
      logits[at] = -1;
      ASSERT_EQ(highest_of(logits), -1);
    }
  }
}

TEST(Weights, EnoughLogitsReachTheBorder) {
  std::vector<float> room;
  for (const size_t size : {1U, 100U, 1024U, 5000U, 20'000U}) {
    std::vector<float> logits = random_logits(size, 1);
    for (const size_t count : {1U, 3U, 40U, 100U}) {
      const float border = reached_by(logits, count, room);
      const auto reached = std::ranges::count_if(logits, [&](float x) { return x >= border; });
      EXPECT_GE(static_cast<size_t>(reached), std::min(count, size));
      if (size == 20'000) {
        EXPECT_LE(static_cast<size_t>(reached), 4 * count);
      }
    }
  }
}

}  // namespace
}  // namespace suan::engine
