#include "bench/sim/modelled_prefix_cache.h"

#include <vector>

#include <gtest/gtest.h>

namespace suan::bench {
namespace {

TEST(ModelledPrefixCache, HoldsTheBeginningThatTwoPromptsShare) {
  ModelledPrefixCache cache(100);

  EXPECT_EQ(cache.take(std::vector<uint64_t>{1, 2, 3}), 0U);
  EXPECT_EQ(cache.take(std::vector<uint64_t>{1, 2, 9, 3}), 2U);
  EXPECT_EQ(cache.take(std::vector<uint64_t>{1, 2, 9, 3}), 4U);
}

TEST(ModelledPrefixCache, ForgetsTheEndOfWhatWasUnusedLongest) {
  ModelledPrefixCache cache(4);
  cache.take(std::vector<uint64_t>{1, 2, 3});

  cache.take(std::vector<uint64_t>{7, 8});

  EXPECT_EQ(cache.size(), 4U);
  EXPECT_EQ(cache.take(std::vector<uint64_t>{1, 2, 3}), 2U);
}

TEST(ModelledPrefixCache, OfNoRoomHoldsNothing) {
  ModelledPrefixCache cache(0);

  cache.take(std::vector<uint64_t>{1});

  EXPECT_EQ(cache.take(std::vector<uint64_t>{1}), 0U);
  EXPECT_EQ(cache.size(), 0U);
}

}  // namespace
}  // namespace suan::bench
