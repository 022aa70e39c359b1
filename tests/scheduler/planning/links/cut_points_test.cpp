#include "scheduler/planning/links/cut_points.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/scheduler/planning/links/small_networks.h"

namespace suan::scheduler {
namespace {

using test::always;
using test::naive_groups;
using test::network_of;
using test::random_network;

using Parts = std::vector<SiteSet>;

/// The groups that are not in `before`: what one of its groups fell into.
Parts new_groups(const Parts& before, const Parts& after) {
  Parts parts;
  for (const SiteSet& group : after) {
    if (std::ranges::find(before, group) == before.end()) parts.push_back(group);
  }
  return parts;
}

/// Each link is taken away, then each site, and the rest walked.
CutPoints naive_cut_points(const LinkNetwork& network) {
  const Parts whole = naive_groups(network, always, always);
  CutPoints found;
  for (uint32_t i = 0; i < network.links().size(); ++i) {
    const Parts rest = naive_groups(
        network, [&](uint32_t link) { return link != i; }, always);
    if (rest.size() > whole.size()) found.bridges.push_back({i, new_groups(whole, rest)});
  }
  for (uint32_t i = 0; i < network.sites().size(); ++i) {
    const Parts rest = naive_groups(network, always, [&](uint32_t site) { return site != i; });
    if (rest.size() > whole.size()) found.sites.push_back({i, new_groups(whole, rest)});
  }
  return found;
}

void expect_equal(const CutPoints& found, const CutPoints& expected) {
  ASSERT_EQ(found.bridges.size(), expected.bridges.size());
  for (size_t i = 0; i < found.bridges.size(); ++i) {
    EXPECT_EQ(found.bridges[i].link, expected.bridges[i].link);
    EXPECT_EQ(found.bridges[i].parts, expected.bridges[i].parts);
  }
  ASSERT_EQ(found.sites.size(), expected.sites.size());
  for (size_t i = 0; i < found.sites.size(); ++i) {
    EXPECT_EQ(found.sites[i].site, expected.sites[i].site);
    EXPECT_EQ(found.sites[i].parts, expected.sites[i].parts);
  }
}

TEST(CutPoints, AStarLosesASiteWithEachLinkAndAllWithItsCentre) {
  const LinkNetwork star = network_of(4, {{0, 1}, {0, 2}, {0, 3}});

  const CutPoints found = cut_points(star);

  ASSERT_EQ(found.bridges.size(), 3U);
  EXPECT_EQ(found.bridges[1].link, 1U);
  EXPECT_EQ(found.bridges[1].parts, (Parts{{0, 1, 3}, {2}}));
  ASSERT_EQ(found.sites.size(), 1U);
  EXPECT_EQ(found.sites[0].site, 0U);
  EXPECT_EQ(found.sites[0].parts, (Parts{{1}, {2}, {3}}));
}

TEST(CutPoints, ARingLosesNothing) {
  const CutPoints found = cut_points(network_of(3, {{0, 1}, {1, 2}, {2, 0}}));

  EXPECT_TRUE(found.bridges.empty());
  EXPECT_TRUE(found.sites.empty());
}

TEST(CutPoints, AParallelLinkStandsInAndALoopDoesNot) {
  const CutPoints found = cut_points(network_of(3, {{0, 1}, {1, 0}, {1, 2}, {2, 2}}));

  ASSERT_EQ(found.bridges.size(), 1U);
  EXPECT_EQ(found.bridges[0].link, 2U);
  ASSERT_EQ(found.sites.size(), 1U);
  EXPECT_EQ(found.sites[0].site, 1U);
}

TEST(CutPoints, AreWhatTakingEachAwayShowsOnThousandsOfSmallNetworks) {
  Random random(21);
  size_t bridges = 0;
  size_t sites = 0;
  for (uint32_t i = 0; i < 5'000; ++i) {
    const LinkNetwork network = random_network(random);
    const CutPoints found = cut_points(network);
    expect_equal(found, naive_cut_points(network));
    bridges += found.bridges.size();
    sites += found.sites.size();
    if (HasFailure()) FAIL() << "network " << i;
  }
  EXPECT_GT(bridges, 3'000U);
  EXPECT_GT(sites, 2'000U);
}

TEST(Components, AreTheGroupsThatReachOneAnother) {
  Random random(22);
  size_t split = 0;
  for (uint32_t i = 0; i < 2'000; ++i) {
    const LinkNetwork network = random_network(random);
    const Parts found = components(network);
    EXPECT_EQ(found, naive_groups(network, always, always)) << "network " << i;
    split += found.size() > 1 ? 1 : 0;
  }
  EXPECT_GT(split, 500U);
}

}  // namespace
}  // namespace suan::scheduler
