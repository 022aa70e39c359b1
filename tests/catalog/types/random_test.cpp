#include "catalog/types/random.h"

#include <array>

#include <gtest/gtest.h>

namespace suan {
namespace {

TEST(Random, FollowsTheReferenceImplementation) {
  // First outputs of xoshiro256** for the state {1, 2, 3, 4}.
  Random random(Random::State{1, 2, 3, 4});

  EXPECT_EQ(random.next(), 11520U);
  EXPECT_EQ(random.next(), 0U);
  EXPECT_EQ(random.next(), 1509978240U);
  EXPECT_EQ(random.next(), 1215971899390074240U);
}

TEST(Random, EqualSeedsGiveEqualNumbers) {
  Random first(7);
  Random second(7);
  Random other(8);

  EXPECT_EQ(first.next(), second.next());
  EXPECT_NE(first.next(), other.next());
}

TEST(Random, BelowStaysBelowAndReachesAll) {
  Random random(1);
  std::array<int, 5> counts{};

  for (int i = 0; i < 10'000; ++i)
    ++counts.at(random.below(5));

  for (const int count : counts)
    EXPECT_NEAR(count, 2000, 200);
}

TEST(Random, ExponentialHasMeanAndVarianceOne) {
  Random random(1);
  constexpr int kDraws = 100'000;
  double sum = 0;
  double squares = 0;

  for (int i = 0; i < kDraws; ++i) {
    const double draw = random.exponential();
    ASSERT_GE(draw, 0);
    sum += draw;
    squares += draw * draw;
  }

  EXPECT_NEAR(sum / kDraws, 1.0, 0.02);
  EXPECT_NEAR(squares / kDraws, 2.0, 0.1);
}

TEST(Random, TheSystemGivesDifferentBytesEachTime) {
  std::array<uint64_t, 2> first{};
  std::array<uint64_t, 2> second{};

  fill_from_system(first.data(), sizeof first);
  fill_from_system(second.data(), sizeof second);

  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace suan
