#include "node_agent/seq_filter.h"

#include <gtest/gtest.h>

namespace suan::node_agent {
namespace {

TEST(SeqFilter, Z8_DropsARepeatedNumberAndTakesAReorderedOne) {
  SeqFilter filter;
  EXPECT_TRUE(filter.is_new(1, 100));
  EXPECT_TRUE(filter.is_new(1, 103));
  EXPECT_TRUE(filter.is_new(1, 101));
  EXPECT_FALSE(filter.is_new(1, 101));
  EXPECT_FALSE(filter.is_new(1, 103));
}

TEST(SeqFilter, UnnumberedMessagesPass) {
  SeqFilter filter;
  EXPECT_TRUE(filter.is_new(1, 0));
  EXPECT_TRUE(filter.is_new(1, 0));
}

TEST(SeqFilter, ANewEpochBeginsAnew) {
  SeqFilter filter;
  EXPECT_TRUE(filter.is_new(1, 5));
  EXPECT_TRUE(filter.is_new(2, 5));
  EXPECT_FALSE(filter.is_new(2, 5));
}

TEST(SeqFilter, ASenderThatRestartedIsHeard) {
  SeqFilter filter;
  EXPECT_TRUE(filter.is_new(1, 10'000));
  EXPECT_TRUE(filter.is_new(1, 1));
  EXPECT_TRUE(filter.is_new(1, 2));
  EXPECT_FALSE(filter.is_new(1, 2));
}

TEST(SeqFilter, ALongJumpForgetsTheWindow) {
  SeqFilter filter;
  EXPECT_TRUE(filter.is_new(1, 1));
  EXPECT_TRUE(filter.is_new(1, 1'000));
  EXPECT_FALSE(filter.is_new(1, 1'000));
  EXPECT_TRUE(filter.is_new(1, 999));
  EXPECT_FALSE(filter.is_new(1, 999));
}

}  // namespace
}  // namespace suan::node_agent
