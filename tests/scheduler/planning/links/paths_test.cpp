#include "scheduler/planning/links/paths.h"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "tests/scheduler/planning/links/small_networks.h"

namespace suan::scheduler {
namespace {

using test::network_of;
using test::random_network;

/// Calls `visit` with every way from `from` to `to` that meets no site twice.
void walk(const LinkNetwork& network,
          LinkPath& path,
          uint32_t to,
          const std::function<void(const LinkPath&)>& visit) {
  const uint32_t here = path.sites.back();
  if (here == to) return visit(path);
  for (uint32_t i = 0; i < network.links().size(); ++i) {
    const SiteLink& link = network.links()[i];
    if (link.a != here && link.b != here) continue;
    const uint32_t next = link.a == here ? link.b : link.a;
    if (std::ranges::find(path.sites, next) != path.sites.end()) continue;
    path.sites.push_back(next);
    path.links.push_back(i);
    path.one_way += link.one_way;
    walk(network, path, to, visit);
    path.one_way -= link.one_way;
    path.links.pop_back();
    path.sites.pop_back();
  }
}

int64_t width_of(const LinkNetwork& network, const LinkPath& path) {
  int64_t width = INT64_MAX;
  for (const uint32_t link : path.links)
    width = std::min(width, network.links()[link].bytes_per_s.value_or(0));
  return width;
}

/// Sites, links, delay and capacity of the path belong together.
void expect_sound(const LinkNetwork& network,
                  const LinkPath& path,
                  uint32_t from,
                  uint32_t to) {
  ASSERT_EQ(path.sites.size(), path.links.size() + 1);
  EXPECT_EQ(path.sites.front(), from);
  EXPECT_EQ(path.sites.back(), to);
  Duration one_way{};
  bool is_known = !path.links.empty();
  for (size_t i = 0; i < path.links.size(); ++i) {
    const SiteLink& link = network.links().at(path.links[i]);
    EXPECT_EQ(std::minmax(link.a, link.b), std::minmax(path.sites[i], path.sites[i + 1]));
    one_way += link.one_way;
    is_known = is_known && link.bytes_per_s.has_value();
  }
  EXPECT_EQ(path.one_way, one_way);
  EXPECT_EQ(path.bytes_per_s.has_value(), is_known);
  if (is_known) {
    EXPECT_EQ(path.bytes_per_s, width_of(network, path));
  }
}

TEST(Paths, TheShortestIsQuickAndTheWidestIsWide) {
  const LinkNetwork network =
      network_of(3, {{0, 2, 2ms, 10}, {0, 1, 5ms, 90}, {1, 2, 5ms, 80}});

  const auto quick = shortest_path(network, 0, 2);
  const auto wide = widest_path(network, 0, 2);

  ASSERT_TRUE(quick && wide);
  EXPECT_EQ(quick->links, (std::vector<uint32_t>{0}));
  EXPECT_EQ(wide->sites, (std::vector<uint32_t>{0, 1, 2}));
  EXPECT_EQ(wide->bytes_per_s, 80);
  EXPECT_EQ(wide->one_way, 10ms);
}

TEST(Paths, OfEquallyWideWaysTheQuickOneIsTaken) {
  // The way over b is wider up to c, and slower; the last link is the narrow one for both.
  const LinkNetwork network =
      network_of(4, {{0, 1, 9ms, 90}, {1, 2, 9ms, 90}, {0, 2, 1ms, 50}, {2, 3, 1ms, 10}});

  const auto wide = widest_path(network, 0, 3);

  ASSERT_TRUE(wide);
  EXPECT_EQ(wide->sites, (std::vector<uint32_t>{0, 2, 3}));
}

TEST(Paths, LeadFromASiteToItselfWithoutALink) {
  const LinkNetwork network = network_of(1, {{0, 0, 1ms, 5}});

  EXPECT_EQ(shortest_path(network, 0, 0), (LinkPath{.sites = {0}}));
  EXPECT_EQ(widest_path(network, 0, 0), (LinkPath{.sites = {0}}));
}

TEST(Paths, AreTheBestOfAllWaysOnThousandsOfSmallNetworks) {
  Random random(41);
  size_t found_wide = 0;
  for (uint32_t i = 0; i < 5'000; ++i) {
    const LinkNetwork network = random_network(random);
    const auto from = static_cast<uint32_t>(random.below(network.sites().size()));
    const auto to = static_cast<uint32_t>(random.below(network.sites().size()));
    std::optional<Duration> least_delay;
    std::pair<int64_t, Duration> widest{0, Duration::zero()};  // width, less delay
    LinkPath path{.sites = {from}};
    walk(network, path, to, [&](const LinkPath& way) {
      least_delay = std::min(least_delay.value_or(way.one_way), way.one_way);
      widest = std::max(widest, {width_of(network, way), -way.one_way});
    });

    const auto quick = shortest_path(network, from, to);
    const auto wide = widest_path(network, from, to);

    ASSERT_EQ(quick.has_value(), least_delay.has_value()) << "network " << i;
    ASSERT_EQ(wide.has_value(), widest.first > 0) << "network " << i;
    if (quick) {
      expect_sound(network, *quick, from, to);
      EXPECT_EQ(quick->one_way, *least_delay) << "network " << i;
    }
    if (!wide) continue;
    expect_sound(network, *wide, from, to);
    EXPECT_EQ(width_of(network, *wide), widest.first) << "network " << i;
    EXPECT_EQ(wide->one_way, -widest.second) << "network " << i;
    found_wide += from != to ? 1 : 0;
  }
  EXPECT_GT(found_wide, 1'000U);
}

}  // namespace
}  // namespace suan::scheduler
