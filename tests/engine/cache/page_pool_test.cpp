#include "engine/cache/page_pool.h"

#include <set>
#include <utility>

#include <gtest/gtest.h>

namespace suan::engine {
namespace {

TEST(PagePool, LeasesWholePagesAndTakesThemBackAtTheEnd) {
  PagePool pool(4);
  {
    const PageLease lease = pool.lease(kPageTokens + 1);
    EXPECT_EQ(lease.pages().size(), 2U);
    EXPECT_EQ(pool.pages_free(), 2U);
  }
  EXPECT_EQ(pool.pages_free(), 4U);
}

TEST(PagePool, NeverLeasesAPageTwice) {
  PagePool pool(6);
  const PageLease a = pool.lease(size_t{2} * kPageTokens);
  PageLease b = pool.lease(1);
  const PageLease c = pool.lease(kPageTokens);
  b = pool.lease(3);  // the old page returns only after the new one is out

  std::set<uint32_t> seen;
  for (const PageLease* lease : {&a, static_cast<const PageLease*>(&b), &c}) {
    for (const uint32_t page : lease->pages())
      EXPECT_TRUE(seen.insert(page).second) << page;
  }
  EXPECT_EQ(pool.pages_free(), 2U);
}

TEST(PagePool, AMovedLeaseGivesBackOnce) {
  PagePool pool(2);
  {
    PageLease first = pool.lease(1);
    const PageLease second = std::move(first);
    EXPECT_EQ(pool.pages_free(), 1U);
  }
  EXPECT_EQ(pool.pages_free(), 2U);
}

TEST(PagePool, ASharedPageReturnsWhenItsLastHolderGoes) {
  PagePool pool(3);
  PageLease first = pool.lease(size_t{2} * kPageTokens);
  PageLease second = pool.share(first.pages().first(1));
  pool.extend(second, size_t{2} * kPageTokens);
  EXPECT_EQ(pool.holders(first.pages()[0]), 2U);
  EXPECT_NE(second.pages()[1], first.pages()[1]);

  first = {};
  EXPECT_EQ(pool.pages_free(), 1U);
  second = {};
  EXPECT_EQ(pool.pages_free(), 3U);
}

TEST(PagePool, RowsOfAPageLieTogether) {
  PagePool pool(3);
  const PageLease other = pool.lease(1);
  const PageLease lease = pool.lease(kPageTokens + 5);

  EXPECT_EQ(lease.row(1), lease.row(0) + 1);
  EXPECT_EQ(lease.row(kPageTokens + 4), lease.pages()[1] * kPageTokens + 4);
}

}  // namespace
}  // namespace suan::engine
