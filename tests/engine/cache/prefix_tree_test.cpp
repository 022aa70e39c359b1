#include "engine/cache/prefix_tree.h"

#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace suan::engine {
namespace {

constexpr uint64_t kScope = 3;

/// `count` tokens, the first of them `first`, each one more than the last.
std::vector<int32_t> tokens_from(int32_t first, size_t count) {
  std::vector<int32_t> tokens(count);
  std::iota(tokens.begin(), tokens.end(), first);
  return tokens;
}

std::vector<uint32_t> pages_of(const PageLease& lease) {
  return {lease.pages().begin(), lease.pages().end()};
}

TEST(PrefixTree, FindsTheWholePagesOfTheLongestKnownBeginning) {
  PagePool pool(8);
  PrefixTree tree(pool);
  const auto text = tokens_from(0, 200);
  const PageLease lease = pool.lease(200);
  tree.keep(kScope, text, lease);

  auto longer = tokens_from(0, 500);
  longer[130] = -1;
  const PageLease found = tree.match(kScope, longer);

  EXPECT_EQ(tree.pages(), 3U);  // the fourth is not full
  EXPECT_EQ(pages_of(found), (std::vector{lease.pages()[0], lease.pages()[1]}));
  EXPECT_TRUE(tree.match(kScope, tokens_from(1, 200)).pages().empty());
  EXPECT_TRUE(tree.match(kScope, tokens_from(0, 63)).pages().empty());
}

TEST(PrefixTree, TextsOfOtherScopesAreNotFound) {
  PagePool pool(8);
  PrefixTree tree(pool);
  const auto text = tokens_from(0, 128);
  tree.keep(kScope, text, pool.lease(128));
  tree.keep(kScope + 1, text, pool.lease(128));

  const auto mine = pages_of(tree.match(kScope, text));
  const auto others = pages_of(tree.match(kScope + 1, text));

  EXPECT_EQ(tree.pages(), 4U);
  EXPECT_EQ(mine.size(), 2U);
  EXPECT_EQ(others.size(), 2U);
  EXPECT_NE(mine, others);
  EXPECT_TRUE(tree.match(kScope + 2, text).pages().empty());
}

TEST(PrefixTree, TextsThatPartShareTheirBeginningOnly) {
  PagePool pool(8);
  PrefixTree tree(pool);
  auto first = tokens_from(0, 128);
  auto second = first;
  second[100] = 7;
  const PageLease one = pool.lease(128);
  tree.keep(kScope, first, one);
  const PageLease other = pool.lease(128);
  tree.keep(kScope, second, other);

  EXPECT_EQ(tree.pages(), 3U);
  EXPECT_EQ(pages_of(tree.match(kScope, second)),
            (std::vector{one.pages()[0], other.pages()[1]}));
}

TEST(PrefixTree, KeepsPagesWhenTheirSequenceHasGone) {
  PagePool pool(4);
  {
    PrefixTree tree(pool);
    tree.keep(kScope, tokens_from(0, 128), pool.lease(128));
    EXPECT_EQ(pool.pages_free(), 2U);
    EXPECT_EQ(tree.match(kScope, tokens_from(0, 128)).pages().size(), 2U);
  }
  EXPECT_EQ(pool.pages_free(), 4U);
}

TEST(PrefixTree, LetsGoOfWhatWasUsedLongestAgoEndsFirst) {
  PagePool pool(6);
  PrefixTree tree(pool);
  tree.keep(kScope, tokens_from(0, 192), pool.lease(192));
  tree.keep(kScope, tokens_from(1000, 192), pool.lease(192));
  (void)tree.match(kScope, tokens_from(0, 128));  // its last page stays the oldest of all

  EXPECT_TRUE(tree.make_room(2));

  EXPECT_EQ(tree.match(kScope, tokens_from(0, 192)).pages().size(), 2U);
  EXPECT_EQ(tree.match(kScope, tokens_from(1000, 192)).pages().size(), 2U);
  EXPECT_TRUE(tree.make_room(6));
  EXPECT_EQ(tree.pages(), 0U);
  tree.keep(kScope, tokens_from(0, 64), pool.lease(64));
  EXPECT_EQ(tree.match(kScope, tokens_from(0, 64)).pages().size(), 1U);
}

TEST(PrefixTree, NeverLetsGoOfAPageInUse) {
  PagePool pool(4);
  PrefixTree tree(pool);
  tree.keep(kScope, tokens_from(0, 256), pool.lease(256));
  const PageLease used = tree.match(kScope, tokens_from(0, 128));

  EXPECT_FALSE(tree.make_room(3));
  EXPECT_EQ(tree.pages(), 4U);
  EXPECT_TRUE(tree.make_room(2));

  EXPECT_EQ(pool.pages_free(), 2U);
  EXPECT_EQ(pages_of(tree.match(kScope, tokens_from(0, 256))), pages_of(used));
}

TEST(PrefixTree, APageInUseHoldsItsBeginningThoughItsSequenceHasACopyOfThat) {
  PagePool pool(4);
  PrefixTree tree(pool);
  const auto text = tokens_from(0, 128);
  tree.keep(kScope, std::span(text).first(64), pool.lease(64));
  const PageLease copy = pool.lease(128);  // computed at the same time
  tree.keep(kScope, text, copy);

  EXPECT_FALSE(tree.make_room(2));
  EXPECT_EQ(tree.pages(), 2U);
  EXPECT_EQ(tree.match(kScope, text).pages().size(), 2U);
}

TEST(PrefixTree, FindsJustWhatAPlainListOfTextsWouldFind) {
  std::mt19937_64 random(5);
  PagePool pool(64);
  PrefixTree tree(pool);
  std::vector<std::vector<int32_t>> texts;
  for (int round = 0; round < 300; ++round) {
    // Three choices a page, up to four pages: beginnings come again all the time.
    std::vector<int32_t> text;
    for (uint64_t page = random() % 5; page > 0; --page) {
      const auto more = tokens_from(static_cast<int32_t>(random() % 3) * 100, kPageTokens);
      text.insert(text.end(), more.begin(), more.end());
    }
    size_t expected = 0;
    for (const auto& other : texts) {
      const auto end =
          std::mismatch(text.begin(), text.end(), other.begin(), other.end()).first;
      const auto common = static_cast<size_t>(end - text.begin());
      expected = std::max(expected, common / kPageTokens);
    }

    EXPECT_EQ(tree.match(kScope, text).pages().size(), expected) << round;
    if (pool.pages_free() < 4) {
      ASSERT_TRUE(tree.make_room(64));
      texts.clear();
    }
    tree.keep(kScope, text, pool.lease(text.size()));
    texts.push_back(std::move(text));
  }
  EXPECT_EQ(pool.pages_free() + tree.pages(), 64U);
}

}  // namespace
}  // namespace suan::engine
