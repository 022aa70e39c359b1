#include "scheduler/server/seq_window.h"

#include <gtest/gtest.h>

namespace suan::scheduler {
namespace {

TEST(SeqWindow, RepeatedNumbersAreKnown) {
  SeqWindow window;

  EXPECT_TRUE(window.is_new(5));
  EXPECT_FALSE(window.is_new(5));
  EXPECT_TRUE(window.is_new(7));
  EXPECT_FALSE(window.is_new(5));
}

TEST(SeqWindow, OvertakenMessagesStillCount) {
  SeqWindow window;
  EXPECT_TRUE(window.is_new(10));

  EXPECT_TRUE(window.is_new(9));
  EXPECT_TRUE(window.is_new(1));
  EXPECT_FALSE(window.is_new(9));
}

TEST(SeqWindow, ASenderMayBeginAnew) {
  SeqWindow window;
  EXPECT_TRUE(window.is_new(1'000));

  EXPECT_TRUE(window.is_new(1));
  EXPECT_FALSE(window.is_new(1));
}

TEST(SeqWindow, UnnumberedMessagesPass) {
  SeqWindow window;

  EXPECT_TRUE(window.is_new(0));
  EXPECT_TRUE(window.is_new(0));
}

}  // namespace
}  // namespace suan::scheduler
