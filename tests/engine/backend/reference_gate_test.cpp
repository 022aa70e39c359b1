#include "engine/backend/reference/reference_gate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/memory_model.h"

namespace suan::engine {
namespace {

struct Chosen {
  std::vector<int32_t> experts;
  std::vector<float> weights;
};

Chosen choose(const GateShape& shape,
              std::vector<float> logits,
              const std::vector<float>& bias) {
  Chosen result;
  result.experts.resize(shape.top_k);
  result.weights.resize(shape.top_k);
  reference::score_experts(shape.score, logits);
  reference::choose_experts(shape, logits, bias, result.experts, result.weights);
  return result;
}

/// The paper's words, as slowly as they read: sort everything, twice.
Chosen choose_naively(const GateShape& shape,
                      const std::vector<float>& logits,
                      const std::vector<float>& bias) {
  std::vector<double> score(shape.experts);
  double total = 0;
  for (size_t e = 0; e < shape.experts; ++e) {
    const double x = logits[e];
    score[e] = shape.score == RouterScore::Sigmoid ? 1 / (1 + std::exp(-x)) : std::exp(x);
    total += score[e];
  }
  if (shape.score == RouterScore::Softmax) {
    for (double& value : score)
      value /= total;
  }
  const auto biased = [&](size_t e) { return score[e] + (bias.empty() ? 0.0 : bias[e]); };

  const size_t size = shape.experts / shape.groups;
  std::vector<std::pair<double, size_t>> groups;
  for (size_t g = 0; g < shape.groups; ++g) {
    std::vector<double> members;
    for (size_t e = g * size; e < (g + 1) * size; ++e)
      members.push_back(biased(e));
    std::sort(members.rbegin(), members.rend());
    const bool adds_two = shape.score == RouterScore::Sigmoid && size > 1;
    groups.emplace_back(-(members[0] + (adds_two ? members[1] : 0.0)), g);
  }
  std::sort(groups.begin(), groups.end());
  std::vector<std::pair<double, size_t>> candidates;
  for (size_t i = 0; i < shape.groups_kept; ++i) {
    const size_t g = groups[i].second;
    for (size_t e = g * size; e < (g + 1) * size; ++e)
      candidates.emplace_back(-biased(e), e);
  }
  std::sort(candidates.begin(), candidates.end());

  Chosen result;
  double sum = 0;
  for (size_t k = 0; k < shape.top_k; ++k)
    sum += score[candidates[k].second];
  for (size_t k = 0; k < shape.top_k; ++k) {
    const size_t e = candidates[k].second;
    result.experts.push_back(static_cast<int32_t>(e));
    result.weights.push_back(
        static_cast<float>(score[e] / (shape.normalises ? sum : 1.0) * shape.scale));
  }
  return result;
}

TEST(ReferenceGate, AgreesWithANaiveReadingOfThePapers) {
  const std::vector<GateShape> shapes{
      {256, 8, 8, 4, RouterScore::Sigmoid, true, 2.5F},    // V3
      {160, 6, 8, 3, RouterScore::Softmax, false, 16.0F},  // V2
      {64, 6, 1, 1, RouterScore::Softmax, false, 1.0F},    // V2-Lite
      {16, 4, 1, 1, RouterScore::Sigmoid, true, 4.0F},     // stories-moe
      {8, 8, 8, 8, RouterScore::Sigmoid, true, 1.0F},      // groups of one, all kept
      {8, 2, 8, 2, RouterScore::Sigmoid, true, 1.0F},      // groups of one
      {4, 1, 2, 1, RouterScore::Softmax, true, 1.0F},
  };
  for (size_t s = 0; s < shapes.size(); ++s) {
    const GateShape& shape = shapes[s];
    for (uint64_t seed = 0; seed < 200; ++seed) {
      const auto logits = random_floats(1000 * s + seed, shape.experts);
      const auto bias = shape.score == RouterScore::Sigmoid
                            ? random_floats(77'000 + seed, shape.experts, 0.2F)
                            : std::vector<float>{};

      const Chosen found = choose(shape, logits, bias);

      const Chosen expected = choose_naively(shape, logits, bias);
      ASSERT_EQ(found.experts, expected.experts) << "shape " << s << " seed " << seed;
      for (size_t k = 0; k < shape.top_k; ++k) {
        ASSERT_NEAR(found.weights[k], expected.weights[k], 1e-5F * shape.scale);
      }
    }
  }
}

TEST(ReferenceGate, BiasChoosesButNeverWeighs) {
  const GateShape shape{4, 2, 1, 1, RouterScore::Sigmoid, false, 1.0F};
  const std::vector<float> logits{0, 1, 2, 3};

  const Chosen found = choose(shape, logits, {5, 0, 0, 0});

  EXPECT_EQ(found.experts, (std::vector<int32_t>{0, 3}));
  EXPECT_FLOAT_EQ(found.weights[0], 0.5F);  // sigmoid(0), whatever the bias
  EXPECT_FLOAT_EQ(found.weights[1], 1 / (1 + std::exp(-3.0F)));
}

TEST(ReferenceGate, TiesGoToTheLowerExpert) {
  const GateShape shape{8, 3, 4, 2, RouterScore::Sigmoid, true, 1.0F};

  const Chosen found = choose(shape, std::vector<float>(8, 0.0F), std::vector<float>(8, 0.0F));

  EXPECT_EQ(found.experts, (std::vector<int32_t>{0, 1, 2}));
  for (const float weight : found.weights)
    EXPECT_FLOAT_EQ(weight, 1.0F / 3);
}

TEST(ReferenceGate, NeverLeavesTheKeptGroupsThoughScoresAreNegative) {
  // Group 0 has the two best; group 1 the third best alone, so group 2 is kept beside group 0.
  const GateShape shape{6, 4, 3, 2, RouterScore::Sigmoid, true, 1.0F};
  const std::vector<float> bias{-1.0F, -1.1F, -1.2F, -9.0F, -1.5F, -1.6F};

  const Chosen found = choose(shape, std::vector<float>(6, 0.0F), bias);

  EXPECT_EQ(found.experts, (std::vector<int32_t>{0, 1, 4, 5}));
}

TEST(ReferenceGate, M4_NanIsNoExpertInsteadOfAnIndex) {
  const GateShape shape{4, 2, 1, 1, RouterScore::Sigmoid, true, 1.0F};
  const float nan = std::numeric_limits<float>::quiet_NaN();

  for (const auto score : {RouterScore::Sigmoid, RouterScore::Softmax}) {
    GateShape one = shape;
    one.score = score;
    const Chosen found = choose(one, {0, nan, 1, 2}, {0, 0, 0, 0});

    EXPECT_EQ(found.experts, (std::vector<int32_t>{kNoExpert, kNoExpert}));
    EXPECT_TRUE(std::isnan(found.weights[0]));
  }
}

TEST(ReferenceGate, ScoresThatVanishGiveNoDivisionByZero) {
  const GateShape shape{4, 2, 1, 1, RouterScore::Sigmoid, true, 1.0F};

  const Chosen found = choose(shape, std::vector<float>(4, -200.0F), {});

  EXPECT_EQ(found.experts, (std::vector<int32_t>{0, 1}));
  EXPECT_TRUE(std::isfinite(found.weights[0]));
}

}  // namespace
}  // namespace suan::engine
