#include "scheduler/server/brake.h"

#include <gtest/gtest.h>

namespace suan::scheduler {
namespace {

constexpr Time kStart{Duration(1'000'000)};

TEST(Brake, OneOrTwoSilentNodesAreSimplyLost) {
  Brake brake;

  EXPECT_TRUE(brake.allow_loss(2, 3, kStart));
  EXPECT_TRUE(brake.allow_loss(2, 3, kStart));
}

TEST(Brake, HoldsFromThreeNodesAndAFifthOfAllOn) {
  EXPECT_FALSE(Brake::holds(2, 4));
  EXPECT_TRUE(Brake::holds(3, 14));
  EXPECT_FALSE(Brake::holds(3, 15));
}

TEST(Brake, LetsTwoPercentGoEachMinuteWhileItHolds) {
  Brake brake;
  int lost = 0;

  for (int i = 0; i < 100; ++i)
    lost += brake.allow_loss(100, 200, kStart) ? 1 : 0;
  const bool is_next_minute = brake.allow_loss(100, 200, kStart + 1min);

  EXPECT_EQ(lost, 4);
  EXPECT_TRUE(is_next_minute);
}

}  // namespace
}  // namespace suan::scheduler
