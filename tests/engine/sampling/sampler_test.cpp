#include "engine/sampling/sampler.h"

#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace suan::engine {
namespace {

const std::vector<float> kLogits{2.0F, 1.0F, 0.0F, -1.0F, 1.5F};

Sampling at_temperature(double temperature, uint64_t seed = 7) {
  Sampling sampling;
  sampling.temperature = temperature;
  sampling.seed = seed;
  return sampling;
}

std::vector<int32_t> draws(const Sampling& sampling,
                           const std::vector<float>& logits,
                           int count) {
  Sampler sampler(sampling, {});
  SamplingRoom room;
  std::vector<int32_t> tokens;
  for (int i = 0; i < count; ++i)
    tokens.push_back(sampler.draw(logits, room));
  return tokens;
}

std::vector<double> softmax(const std::vector<float>& logits, double temperature) {
  std::vector<double> shares;
  double sum = 0;
  for (const float logit : logits)
    sum += shares.emplace_back(std::exp(logit / temperature));
  for (double& share : shares)
    share /= sum;
  return shares;
}

/// Pearson's statistic of `tokens` against `shares`; a share of 0 must never be drawn.
double chi_square(const std::vector<int32_t>& tokens, const std::vector<double>& shares) {
  std::map<int32_t, double> counts;
  for (const int32_t token : tokens)
    ++counts[token];
  double sum = 0;
  for (size_t i = 0; i < shares.size(); ++i) {
    const double count = counts[static_cast<int32_t>(i)];
    if (shares[i] == 0) {
      EXPECT_EQ(count, 0) << "token " << i;
      continue;
    }
    const double expected = shares[i] * static_cast<double>(tokens.size());
    sum += (count - expected) * (count - expected) / expected;
  }
  return sum;
}

// The seed is fixed, so these cannot fail by chance; the bounds are the 99.9 % points.
constexpr double kChi4 = 18.47;
constexpr double kChi2 = 13.82;
constexpr double kChi1 = 10.83;

TEST(Sampler, DrawsFromTheSoftmaxAtEachTemperature) {
  for (const double temperature : {0.5, 1.0, 2.0}) {
    const auto tokens = draws(at_temperature(temperature), kLogits, 20'000);
    EXPECT_LT(chi_square(tokens, softmax(kLogits, temperature)), kChi4) << temperature;
  }
}

TEST(Sampler, TopKDrawsFromTheLikeliestAlone) {
  Sampling sampling = at_temperature(1);
  sampling.top_k = 3;

  const auto tokens = draws(sampling, kLogits, 20'000);

  const std::vector<double> kept = softmax({2.0F, 1.0F, 1.5F}, 1);
  EXPECT_LT(chi_square(tokens, {kept[0], kept[1], 0, 0, kept[2]}), kChi2);
}

TEST(Sampler, TopPKeepsTheFewestThatReachTheShare) {
  // Shares 0.46, 0.17, 0.06, 0.02, 0.28: two of them pass 0.7.
  Sampling sampling = at_temperature(1);
  sampling.top_p = 0.7;

  const auto tokens = draws(sampling, kLogits, 20'000);

  const std::vector<double> kept = softmax({2.0F, 1.5F}, 1);
  EXPECT_LT(chi_square(tokens, {kept[0], 0, 0, 0, kept[1]}), kChi1);
}

TEST(Sampler, MinPKeepsWhatIsNotFarBelowTheBest) {
  Sampling sampling = at_temperature(1);
  sampling.min_p = 0.3;  // exp(-1) = 0.37 stays, exp(-2) = 0.14 goes

  const auto tokens = draws(sampling, kLogits, 20'000);

  const std::vector<double> kept = softmax({2.0F, 1.0F, 1.5F}, 1);
  EXPECT_LT(chi_square(tokens, {kept[0], kept[1], 0, 0, kept[2]}), kChi2);
}

TEST(Sampler, TopPOfZeroStillLeavesTheBest) {
  Sampling sampling = at_temperature(1);
  sampling.top_p = 0;

  EXPECT_EQ(draws(sampling, kLogits, 50), std::vector<int32_t>(50, 0));
}

TEST(Sampler, GreedyTiesGoToTheLowerId) {
  EXPECT_EQ(draws(at_temperature(0), {1, 3, 3, 2}, 1), std::vector<int32_t>{1});
}

TEST(Sampler, EqualSeedsRepeatAndOthersDiffer) {
  const auto first = draws(at_temperature(1, 42), kLogits, 100);

  EXPECT_EQ(draws(at_temperature(1, 42), kLogits, 100), first);
  EXPECT_NE(draws(at_temperature(1, 43), kLogits, 100), first);
}

TEST(Sampler, NeighbouringSeedsAndDrawsAreNotAlike) {
  // Mean of u(seed, n) * u(seed + 1, n) is 1/4 when they are independent (deviation 0.0022).
  double across_seeds = 0;
  double across_draws = 0;
  constexpr int kCount = 10'000;
  for (uint64_t i = 0; i < kCount; ++i) {
    across_seeds += uniform_of(i, 0) * uniform_of(i + 1, 0);
    across_draws += uniform_of(3, i) * uniform_of(3, i + 1);
  }
  EXPECT_NEAR(across_seeds / kCount, 0.25, 0.009);
  EXPECT_NEAR(across_draws / kCount, 0.25, 0.009);
}

TEST(Sampler, SurvivesTemperaturesNextToZeroAndHugeLogits) {
  EXPECT_EQ(draws(at_temperature(1e-300), kLogits, 3), std::vector<int32_t>(3, 0));
  EXPECT_EQ(draws(at_temperature(1), {-3e38F, 3e38F}, 3), std::vector<int32_t>(3, 1));
}

TEST(Sampler, PenaltiesAreCountedFromItsOwnDraws) {
  Sampling sampling = at_temperature(0);
  sampling.presence_penalty = 0.6;

  // 2.0 leads until 2.0 - 0.6 falls below 1.5, then that below 1.4, and so on.
  EXPECT_EQ(draws(sampling, kLogits, 4), (std::vector<int32_t>{0, 4, 0, 0}));
}

TEST(Sampler, OnlyNumbersInRangeAreValid) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(is_valid(Sampling{}, 5));
  const auto is_valid_with = [](auto change) {
    Sampling sampling;
    change(sampling);
    return is_valid(sampling, 5);
  };

  EXPECT_FALSE(is_valid_with([&](Sampling& s) { s.temperature = nan; }));
  EXPECT_FALSE(is_valid_with([&](Sampling& s) { s.temperature = -1; }));
  EXPECT_FALSE(is_valid_with([&](Sampling& s) { s.top_p = nan; }));
  EXPECT_FALSE(is_valid_with([&](Sampling& s) { s.min_p = 1.5; }));
  EXPECT_FALSE(is_valid_with([&](Sampling& s) { s.repetition_penalty = 0; }));
  EXPECT_FALSE(is_valid_with([&](Sampling& s) { s.logit_bias = {{5, 1.0F}}; }));
  EXPECT_FALSE(is_valid_with([&](Sampling& s) { s.logit_bias = {{0, INFINITY}}; }));
  EXPECT_FALSE(is_valid_with([&](Sampling& s) { s.top_logprobs = 6; }));
  EXPECT_TRUE(is_valid_with([&](Sampling& s) { s.logit_bias = {{4, -100.0F}}; }));
}

}  // namespace
}  // namespace suan::engine
