#include "engine/model/rope.h"

#include <array>
#include <cmath>

#include <gtest/gtest.h>

namespace suan::engine {
namespace {

HyperParameters deepseek_v3() {
  HyperParameters hyper;
  hyper.rope_dim = 64;
  hyper.rope_base = 10000;
  hyper.yarn_factor = 40;
  hyper.yarn_original_context = 4096;
  hyper.yarn_log_multiplier = 0.1F;
  return hyper;
}

TEST(Rope, TurnsEachPairSlowerThanTheLast) {
  HyperParameters hyper;
  hyper.rope_dim = 8;
  hyper.rope_base = 10000;

  const Rope rope(hyper);

  ASSERT_EQ(rope.frequencies().size(), 4U);
  EXPECT_DOUBLE_EQ(rope.frequencies()[0], 1);
  EXPECT_NEAR(rope.frequencies()[1], 0.1, 1e-15);
  EXPECT_NEAR(rope.frequencies()[2], 0.01, 1e-15);
  EXPECT_NEAR(rope.frequencies()[3], 0.001, 1e-15);
}

// By hand for V3: 64 ln(4096 / (2 pi 32)) / (2 ln 10000) = 10.47 and, for one turn, 22.51; so
// pairs up to 10 stay, from 23 on they are 40 times slower, and 16 lies 6/13 of the way.
TEST(Rope, StretchesSlowPairsAsYarnDoesForDeepSeekV3) {
  const Rope rope(deepseek_v3());

  const auto plain = [](int pair) { return std::pow(10000.0, -2.0 * pair / 64); };
  const auto frequencies = rope.frequencies();
  EXPECT_DOUBLE_EQ(frequencies[0], 1);
  EXPECT_DOUBLE_EQ(frequencies[10], plain(10));
  EXPECT_NEAR(frequencies[11], plain(11) * (12.0 / 13 + 1.0 / 13 / 40), 1e-15);
  EXPECT_NEAR(frequencies[16], plain(16) * (7.0 / 13 + 6.0 / 13 / 40), 1e-15);
  EXPECT_NEAR(frequencies[23], plain(23) / 40, 1e-18);
  EXPECT_NEAR(frequencies[31], plain(31) / 40, 1e-18);
}

TEST(Rope, YarnScalesScoresOfDeepSeekV3By1874) {
  EXPECT_NEAR(yarn_score_factor(deepseek_v3()), 1.3688879 * 1.3688879, 1e-6);

  HyperParameters plain = deepseek_v3();
  plain.yarn_factor = 1;
  EXPECT_DOUBLE_EQ(yarn_score_factor(plain), 1);
}

TEST(Rope, GivesCosineAndSineOfEachPairInTurn) {
  HyperParameters hyper;
  hyper.rope_dim = 4;
  hyper.rope_base = 100;
  const Rope rope(hyper);

  std::array<float, 8> angles{};
  rope.angles(std::array<uint32_t, 2>{0, 30}, angles);

  const std::array<float, 8> expected{
      1, 0, 1, 0, 0.15425145F, -0.98803162F, -0.98999250F, 0.14112001F};
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(angles[i], expected[i], 1e-7) << i;
}

TEST(Rope, DividesEachPairByItsFactorAndScalesCosines) {
  HyperParameters hyper;
  hyper.rope_dim = 4;
  hyper.rope_base = 10000;
  hyper.rope_factors = {1, 8};
  hyper.rope_magnitude = 2;
  const Rope rope(hyper);

  EXPECT_DOUBLE_EQ(rope.frequencies()[0], 1);
  EXPECT_NEAR(rope.frequencies()[1], 0.01 / 8, 1e-15);
  const std::array<uint32_t, 1> position = {0};
  std::array<float, 4> angles{};
  rope.angles(position, angles);
  EXPECT_EQ(angles, (std::array<float, 4>{2, 0, 2, 0}));
}

}  // namespace
}  // namespace suan::engine
