#include "scheduler/planning/links/distribution.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/scheduler/planning/links/small_networks.h"

namespace suan::scheduler {
namespace {

using test::network_of;
using test::random_network;

Duration time_of(int64_t bytes, int64_t bytes_per_s) {
  return Duration((bytes * 1'000'000 + bytes_per_s - 1) / bytes_per_s);
}

const WeightTransfer& transfer_to(const Distribution& told, uint32_t target) {
  return *std::ranges::find(told.transfers, target, [](const WeightTransfer& transfer) {
    return transfer.path.sites.back();
  });
}

std::string refusal_of(const LinkNetwork& network, const DistributionWish& wish) {
  const auto told = distribute(network, wish);
  return told ? "accepted" : told.error().message;
}

TEST(Distribution, SendsFromTheCentreToAllAtOnceWithAThirdOfEachLink) {
  const LinkNetwork star = network_of(3, {{0, 1, 5ms, 1'000}, {0, 2, 5ms, 500}});

  const auto told = distribute(star, {.bytes = 3'000, .holders = {0}, .targets = {1, 2}});

  ASSERT_TRUE(told) << told.error();
  ASSERT_EQ(told->transfers.size(), 2U);
  EXPECT_EQ(transfer_to(*told, 1).bytes_per_s, 300);
  EXPECT_EQ(transfer_to(*told, 1).finishes, 10s + 5ms);
  EXPECT_EQ(transfer_to(*told, 2).finishes, 20s + 5ms);
}

TEST(Distribution, SitesThatHaveReceivedPassOn) {
  // b, c, d and the holder a hang on e, which relays and wants nothing.
  const LinkNetwork star = network_of(
      5, {{4, 0, 0ms, 1'000}, {4, 1, 0ms, 1'000}, {4, 2, 0ms, 1'000}, {4, 3, 0ms, 1'000}});

  const auto told = distribute(star, {.bytes = 300, .holders = {0}, .targets = {1, 2, 3}});

  ASSERT_TRUE(told) << told.error();
  EXPECT_EQ(transfer_to(*told, 1).finishes, 1s);
  EXPECT_EQ(transfer_to(*told, 2).finishes, 2s);
  EXPECT_EQ(transfer_to(*told, 3).finishes, 2s) << "b and a send at the same time";
}

// The example of the folder's README.
TEST(Distribution, PassesOnAtTheWidthOfTheNextLink) {
  const LinkNetwork network = network_of(
      4, {{0, 1, 0ms, 100'000'000}, {0, 2, 0ms, 50'000'000}, {2, 3, 0ms, 80'000'000}});

  const auto told =
      distribute(network, {.bytes = 3'000'000'000, .holders = {0}, .targets = {1, 2, 3}});

  ASSERT_TRUE(told) << told.error();
  EXPECT_EQ(transfer_to(*told, 1).finishes, 100s);
  EXPECT_EQ(transfer_to(*told, 2).finishes, 200s);
  EXPECT_EQ(transfer_to(*told, 3).finishes, 325s);
}

TEST(Distribution, WaitsForAWideWayOnlyWhereThatIsSooner) {
  const auto finish_of_c = [](int64_t side_way) {
    const LinkNetwork network = network_of(
        4, {{0, 1, 0ms, 100}, {1, 2, 0ms, 100}, {1, 3, 0ms, 100}, {0, 3, 0ms, side_way}});
    const auto told = distribute(
        network,
        {.bytes = 1'000, .holders = {0}, .targets = {2, 3}, .link_share_percent = 100});
    return transfer_to(told.value(), 3).finishes;
  };

  EXPECT_EQ(finish_of_c(1), 20s) << "10 s for c's link to be free, 10 s for the weights";
  EXPECT_EQ(finish_of_c(80), 12s + 500ms) << "at once, on its own narrow link";
}

TEST(Distribution, ATargetThatHasTheWeightsWaitsForNothing) {
  const auto told =
      distribute(network_of(1, {}), {.bytes = 1, .holders = {0}, .targets = {0, 0}});

  ASSERT_TRUE(told) << told.error();
  EXPECT_TRUE(told->transfers.empty());
  EXPECT_TRUE(told->unreached.empty());
}

TEST(Distribution, SaysWhyATargetIsNotReached) {
  const LinkNetwork network =
      network_of(4, {{0, 1, 1ms, 1'000'000}, {0, 2, 1ms, std::nullopt}, {0, 0, 1ms, 5}});

  const auto told = distribute(
      network, {.bytes = DistributionWish::kBytesMax, .holders = {0}, .targets = {1, 2, 3}});

  ASSERT_TRUE(told) << told.error();
  ASSERT_EQ(told->unreached.size(), 3U);
  EXPECT_EQ(told->unreached[0].reason,
            "on every way to b one transfer would take more than a year");
  EXPECT_EQ(told->unreached[1].reason, "every way to c has a link of unknown or no capacity");
  EXPECT_EQ(told->unreached[2].reason, "no way leads from a site that has the weights to d");
}

TEST(Distribution, RefusesWhatIsNoWishInASentence) {
  const LinkNetwork network = network_of(2, {{0, 1, 1ms, 5}});

  EXPECT_EQ(refusal_of(network, {.bytes = 0, .holders = {0}}),
            "0 bytes of weights are not within 1 to 1000000000000000");
  EXPECT_EQ(refusal_of(network, {.bytes = 1}), "no site has the weights");
  EXPECT_EQ(refusal_of(network, {.bytes = 1, .holders = {2}}),
            "a holder or a target is no site of the network");
  EXPECT_EQ(refusal_of(network, {.bytes = 1, .holders = {0}, .targets = {9}}),
            "a holder or a target is no site of the network");
  EXPECT_EQ(refusal_of(network, {.bytes = 1, .holders = {0}, .link_share_percent = 101}),
            "a share of 101 % of a link is not within 1 to 100");
  EXPECT_NE(refusal_of(network, {.bytes = INT64_MAX, .holders = {0}}), "accepted");
}

/// Never more than its share on a link in a direction, at any moment: it suffices to look when a
/// transfer starts.
void expect_within_shares(const LinkNetwork& network,
                          const Distribution& told,
                          int64_t percent) {
  for (const WeightTransfer& moment : told.transfers) {
    std::map<std::pair<uint32_t, uint32_t>, int64_t> used;  // by link and the site it leaves
    for (const WeightTransfer& transfer : told.transfers) {
      const bool runs = transfer.starts <= moment.starts && moment.starts < transfer.finishes;
      if (!runs) continue;
      for (size_t i = 0; i < transfer.path.links.size(); ++i)
        used[{transfer.path.links[i], transfer.path.sites[i]}] += transfer.bytes_per_s;
    }
    for (const auto& [direction, bytes_per_s] : used) {
      const int64_t capacity = network.links()[direction.first].bytes_per_s.value();
      EXPECT_LE(bytes_per_s * 100, capacity * percent);
    }
  }
}

/// Each transfer begins where the weights are by then, walks links, and ends when it says.
void expect_sound(const LinkNetwork& network,
                  const Distribution& told,
                  const DistributionWish& wish) {
  std::map<uint32_t, Duration> has_since;
  for (const uint32_t holder : wish.holders)
    has_since[holder] = Duration::zero();
  Duration last{};
  for (const WeightTransfer& transfer : told.transfers) {
    const LinkPath& path = transfer.path;
    ASSERT_EQ(path.sites.size(), path.links.size() + 1);
    ASSERT_TRUE(has_since.contains(path.sites.front()));
    EXPECT_LE(has_since[path.sites.front()], transfer.starts);
    EXPECT_LE(last, transfer.starts);
    last = transfer.starts;
    for (size_t i = 0; i < path.links.size(); ++i) {
      const SiteLink& link = network.links()[path.links[i]];
      EXPECT_EQ(std::minmax(link.a, link.b), std::minmax(path.sites[i], path.sites[i + 1]));
    }
    EXPECT_EQ(transfer.finishes,
              transfer.starts + time_of(wish.bytes, transfer.bytes_per_s) + path.one_way);
    EXPECT_TRUE(has_since.emplace(path.sites.back(), transfer.finishes).second);
  }
}

/// The targets in a group with a holder, over links with capacity: a share of each will do.
std::set<uint32_t> naively_reached(const LinkNetwork& network, const DistributionWish& wish) {
  const auto carries = [&](uint32_t link) {
    return network.links()[link].bytes_per_s.value_or(0) > 0;
  };
  std::set<uint32_t> reached;
  for (const SiteSet& group : test::naive_groups(network, carries, test::always)) {
    const auto is_here = [&](uint32_t site) {
      return std::ranges::find(group, site) != group.end();
    };
    if (std::ranges::none_of(wish.holders, is_here)) continue;
    for (const uint32_t target : wish.targets) {
      const bool has_it = std::ranges::find(wish.holders, target) != wish.holders.end();
      if (is_here(target) && !has_it) reached.insert(target);
    }
  }
  return reached;
}

DistributionWish random_wish(const LinkNetwork& network, Random& random) {
  DistributionWish wish{.bytes = 1 + static_cast<int64_t>(random.below(1'000'000))};
  for (uint32_t site = 0; site < network.sites().size(); ++site) {
    if (random.below(4) == 0) wish.holders.push_back(site);
    if (random.below(2) == 0) wish.targets.push_back(site);
  }
  if (wish.holders.empty()) wish.holders = {0};
  wish.link_share_percent = 1 + static_cast<int64_t>(random.below(100));
  return wish;
}

TEST(Distribution, ServesAllThatCanBeReachedWithinTheSharesOnThousandsOfSmallNetworks) {
  Random random(51);
  size_t transfers = 0;
  size_t passed_on = 0;
  for (uint32_t i = 0; i < 5'000; ++i) {
    const LinkNetwork network = random_network(random);
    const DistributionWish wish = random_wish(network, random);

    const auto told = distribute(network, wish);

    ASSERT_TRUE(told) << told.error();
    std::set<uint32_t> served;
    for (const WeightTransfer& transfer : told->transfers) {
      served.insert(transfer.path.sites.back());
      passed_on += transfer.starts > Duration::zero() ? 1 : 0;
    }
    EXPECT_EQ(served, naively_reached(network, wish));
    for (const UnreachedTarget& target : told->unreached)
      EXPECT_FALSE(served.contains(target.site));
    expect_sound(network, *told, wish);
    expect_within_shares(network, *told, wish.link_share_percent);
    transfers += told->transfers.size();
    if (HasFailure()) FAIL() << "network " << i;
  }
  EXPECT_GT(transfers, 3'000U);
  EXPECT_GT(passed_on, 500U);
}

/// The soonest finish over all ways without a circle.
void find_soonest(const LinkNetwork& network,
                  const DistributionWish& wish,
                  const WeightTransfer& so_far,
                  std::optional<Duration>& soonest) {
  const uint32_t here = so_far.path.sites.back();
  if (here == wish.targets.front()) {
    const Duration finish = time_of(wish.bytes, so_far.bytes_per_s) + so_far.path.one_way;
    soonest = std::min(soonest.value_or(finish), finish);
    return;
  }
  for (const SiteLink& link : network.links()) {
    const uint32_t next = link.a == here ? link.b : link.a;
    const bool is_next = link.a == here || link.b == here;
    const int64_t share = link.bytes_per_s.value_or(0) * wish.link_share_percent / 100;
    if (!is_next || share == 0) continue;
    if (std::ranges::find(so_far.path.sites, next) != so_far.path.sites.end()) continue;
    WeightTransfer further = so_far;
    further.path.sites.push_back(next);
    further.path.one_way += link.one_way;
    further.bytes_per_s = std::min(further.bytes_per_s, share);
    find_soonest(network, wish, further, soonest);
  }
}

TEST(Distribution, ASingleTargetGetsTheBestSingleWay) {
  Random random(52);
  size_t served = 0;
  for (uint32_t i = 0; i < 3'000; ++i) {
    const LinkNetwork network = random_network(random);
    DistributionWish wish{.bytes = 50'000'000};  // so that widths matter more than delays
    wish.holders = {static_cast<uint32_t>(random.below(network.sites().size()))};
    wish.targets = {static_cast<uint32_t>(random.below(network.sites().size()))};
    if (wish.holders == wish.targets) continue;
    std::optional<Duration> soonest;
    WeightTransfer begin;
    begin.path.sites = wish.holders;
    begin.bytes_per_s = INT64_MAX;
    find_soonest(network, wish, begin, soonest);

    const auto told = distribute(network, wish);

    ASSERT_TRUE(told) << told.error();
    ASSERT_EQ(told->transfers.size(), soonest ? 1U : 0U) << "network " << i;
    if (!soonest) continue;
    EXPECT_EQ(told->transfers[0].starts, Duration::zero());
    EXPECT_EQ(told->transfers[0].finishes, *soonest) << "network " << i;
    ++served;
  }
  EXPECT_GT(served, 500U);
}

}  // namespace
}  // namespace suan::scheduler
