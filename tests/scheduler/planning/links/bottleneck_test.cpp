#include "scheduler/planning/links/bottleneck.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/scheduler/planning/links/small_networks.h"

namespace suan::scheduler {
namespace {

using test::network_of;
using test::random_network;

/// The least capacity over every way of dividing the sites (Ford and Fulkerson's theorem); those
/// that a link of unknown capacity crosses limit only from below.
Bottleneck naive_bottleneck(const LinkNetwork& network,
                            const SiteSet& sources,
                            const SiteSet& sinks) {
  Bottleneck best{.bytes_per_s_at_least = INT64_MAX};
  for (uint32_t side = 0; side < 1U << network.sites().size(); ++side) {
    const auto is_inside = [&](uint32_t site) { return (side >> site & 1U) != 0; };
    if (!std::ranges::all_of(sources, is_inside) || std::ranges::any_of(sinks, is_inside)) {
      continue;
    }
    int64_t sum = 0;
    bool is_known = true;
    for (const SiteLink& link : network.links()) {
      if (is_inside(link.a) == is_inside(link.b)) continue;
      sum += link.bytes_per_s.value_or(0);
      is_known = is_known && link.bytes_per_s.has_value();
    }
    best.bytes_per_s_at_least = std::min(best.bytes_per_s_at_least, sum);
    if (!is_known) continue;
    best.bytes_per_s_at_most = std::min(best.bytes_per_s_at_most.value_or(sum), sum);
  }
  return best;
}

/// The cut costs what the bottleneck says, and nothing gets past it.
void expect_cut(const LinkNetwork& network,
                const Bottleneck& found,
                uint32_t source,
                uint32_t sink) {
  if (!found.bytes_per_s_at_most) {
    EXPECT_TRUE(found.cut.empty());
    return;
  }
  int64_t sum = 0;
  for (const uint32_t link : found.cut)
    sum += network.links()[link].bytes_per_s.value();
  EXPECT_EQ(sum, *found.bytes_per_s_at_most);
  const auto is_left = [&](uint32_t link) {
    return network.links()[link].bytes_per_s != 0 &&
           std::ranges::find(found.cut, link) == found.cut.end();
  };
  for (const SiteSet& group : test::naive_groups(network, is_left, test::always)) {
    const bool has_both = std::ranges::find(group, source) != group.end() &&
                          std::ranges::find(group, sink) != group.end();
    EXPECT_FALSE(has_both);
  }
}

TEST(Bottleneck, NamesTheLinksThatForbidMore) {
  // Two ways from a to d: over b 3 fit into the second link, over c 4 into the first.
  const LinkNetwork network =
      network_of(4, {{0, 1, 1ms, 9}, {1, 3, 1ms, 3}, {0, 2, 1ms, 4}, {2, 3, 1ms, 9}});

  const Bottleneck found = bottleneck(network, {0}, {3});

  EXPECT_EQ(found.bytes_per_s(), 7);
  EXPECT_EQ(found.cut, (std::vector<uint32_t>{1, 2}));
}

TEST(Bottleneck, ToAllOthersCountsEveryLinkOfTheSource) {
  const LinkNetwork star = network_of(4, {{0, 1, 1ms, 5}, {0, 2, 1ms, 6}, {3, 0, 1ms, 7}});

  EXPECT_EQ(bottleneck(star, {0}, {1, 2, 3}).bytes_per_s(), 18);
}

TEST(Bottleneck, OfDirectLinksAddsThemUpUnlessOneIsUnknown) {
  const LinkNetwork network = network_of(4, {{0, 1, 1ms, 5},
                                             {1, 0, 1ms, 6},
                                             {1, 1, 1ms, 9},
                                             {0, 2, 1ms, 7},
                                             {0, 2, 1ms, std::nullopt},
                                             {0, 3, 1ms, 0}});

  EXPECT_EQ(bottleneck(network, {0}, {1}).bytes_per_s(), 11);
  EXPECT_EQ(bottleneck(network, {0}, {1}).cut, (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(bottleneck(network, {0}, {2}).bytes_per_s_at_least, 7);
  EXPECT_EQ(bottleneck(network, {0}, {2}).bytes_per_s_at_most, std::nullopt);
  EXPECT_TRUE(bottleneck(network, {0}, {2}).cut.empty());
  EXPECT_EQ(bottleneck(network, {0}, {3}).bytes_per_s(), 0);
}

TEST(Bottleneck, SaysNothingWhereItDependsOnAnUnknownLink) {
  const LinkNetwork network =
      network_of(3, {{0, 1, 1ms, 5}, {0, 1, 1ms, std::nullopt}, {1, 2, 1ms, 3}});

  const Bottleneck to_b = bottleneck(network, {0}, {1});
  const Bottleneck to_c = bottleneck(network, {0}, {2});

  EXPECT_EQ(to_b.bytes_per_s(), std::nullopt);
  EXPECT_EQ(to_b.bytes_per_s_at_least, 5);
  EXPECT_EQ(to_b.bytes_per_s_at_most, std::nullopt);
  EXPECT_EQ(to_c.bytes_per_s(), 3) << "whatever the unknown link carries, 3 get through";
  EXPECT_EQ(to_c.cut, (std::vector<uint32_t>{2}));
}

TEST(Bottleneck, IsNothingWhereNoWayLeads) {
  const Bottleneck found = bottleneck(network_of(2, {{0, 0, 1ms, 5}}), {0}, {1});

  EXPECT_EQ(found.bytes_per_s(), 0);
  EXPECT_TRUE(found.cut.empty());
}

TEST(Bottleneck, IsTheLeastOfAllCutsOnThousandsOfSmallNetworks) {
  Random random(31);
  size_t unknown = 0;
  size_t wide = 0;
  for (uint32_t i = 0; i < 5'000; ++i) {
    const LinkNetwork network = random_network(random);
    const auto sites = static_cast<uint32_t>(network.sites().size());
    if (sites < 2) continue;
    const auto source = static_cast<uint32_t>(random.below(sites));
    const auto sink = static_cast<uint32_t>((source + 1 + random.below(sites - 1)) % sites);
    const Bottleneck found = bottleneck(network, {source}, {sink});
    const Bottleneck expected = naive_bottleneck(network, {source}, {sink});

    EXPECT_EQ(found.bytes_per_s_at_least, expected.bytes_per_s_at_least);
    EXPECT_EQ(found.bytes_per_s_at_most, expected.bytes_per_s_at_most);
    expect_cut(network, found, source, sink);
    unknown += found.bytes_per_s() ? 0 : 1;
    wide += found.bytes_per_s() > 0 ? 1 : 0;
    if (HasFailure()) FAIL() << "network " << i;
  }
  EXPECT_GT(unknown, 300U);
  EXPECT_GT(wide, 1'000U);
}

TEST(Bottleneck, BetweenSetsIsTheLeastOfAllCutsToo) {
  Random random(32);
  for (uint32_t i = 0; i < 2'000; ++i) {
    const LinkNetwork network = random_network(random);
    SiteSet sources;
    SiteSet sinks;
    for (uint32_t site = 0; site < network.sites().size(); ++site) {
      const uint64_t draw = random.below(3);
      if (draw == 0) sources.push_back(site);
      if (draw == 1) sinks.push_back(site);
    }
    if (sources.empty() || sinks.empty()) continue;
    const Bottleneck found = bottleneck(network, sources, sinks);
    const Bottleneck expected = naive_bottleneck(network, sources, sinks);

    EXPECT_EQ(found.bytes_per_s_at_least, expected.bytes_per_s_at_least) << "network " << i;
    EXPECT_EQ(found.bytes_per_s_at_most, expected.bytes_per_s_at_most) << "network " << i;
  }
}

}  // namespace
}  // namespace suan::scheduler
