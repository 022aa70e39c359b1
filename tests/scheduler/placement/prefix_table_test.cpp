#include "scheduler/placement/prefix_table.h"

#include <gtest/gtest.h>

namespace suan::scheduler {
namespace {

constexpr Time kNow{Duration(1'000'000'000)};

std::vector<uint64_t> chain(uint64_t seed, size_t blocks) {
  std::vector<uint64_t> hashes;
  for (size_t i = 0; i < blocks; ++i) {
    hashes.push_back(seed * 1'000'003 + i * 7919 + 1);
  }
  return hashes;
}

TEST(PrefixTable, FindsTheHolderOfTheLongestKnownPrefix) {
  PrefixTable table(1024);
  const auto prompt = chain(1, 20);
  table.remember(std::span(prompt).first(8), ReplicaId(3), kNow);

  const auto holder = table.find(prompt, kNow + 1s);

  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->replica, ReplicaId(3));
  EXPECT_EQ(holder->blocks, 8U);
}

TEST(PrefixTable, GivesAPrefixToItsLastHolder) {
  PrefixTable table(1024);
  const auto prompt = chain(1, 4);
  table.remember(prompt, ReplicaId(3), kNow);
  table.remember(prompt, ReplicaId(4), kNow + 1s);

  EXPECT_EQ(table.find(prompt, kNow + 2s)->replica, ReplicaId(4));
}

TEST(PrefixTable, ForgetsWithTimeAndByReplica) {
  PrefixTable table(1024);
  const auto prompt = chain(1, 4);
  table.remember(prompt, ReplicaId(3), kNow);

  EXPECT_FALSE(table.find(prompt, kNow + 11min));
  EXPECT_TRUE(table.find(prompt, kNow + 9min));

  table.forget(ReplicaId(3));
  EXPECT_FALSE(table.find(prompt, kNow));
}

TEST(PrefixTable, StaysWithinItsMemoryAndKeepsTheNewest) {
  PrefixTable table(64);
  for (uint64_t i = 0; i < 1000; ++i) {
    table.remember(chain(i, 1), ReplicaId(i), kNow + Duration(static_cast<int64_t>(i)));
  }

  EXPECT_EQ(table.find(chain(999, 1), kNow + 1s)->replica, ReplicaId(999));
}

TEST(PrefixTable, KnowsNothingOfAnEmptyPrompt) {
  const PrefixTable table(64);

  EXPECT_FALSE(table.find({}, kNow));
}

}  // namespace
}  // namespace suan::scheduler
