#include "scheduler/placement/candidates.h"

#include <algorithm>
#include <array>
#include <set>

#include <gtest/gtest.h>

#include "tests/scheduler/placement/small_network.h"

namespace suan::scheduler {
namespace {

std::vector<const SiteGroup*> all_groups(const ClusterView& view) {
  std::vector<const SiteGroup*> groups;
  for (const SiteGroup& group : view.groups()) {
    groups.push_back(&group);
  }
  return groups;
}

ClusterView big_view(SmallNetwork& network, uint32_t sites, uint64_t replicas) {
  for (uint64_t i = 1; i <= replicas; ++i) {
    network.replica(i, static_cast<uint32_t>(i % sites) + 1);
  }
  return network.view();
}

TEST(PickByShare, FollowsTheSharesExactlyInTenDraws) {
  const std::array<uint64_t, 3> shares{500, 300, 200};
  std::array<int, 3> counts{};

  for (uint64_t k = 1; k <= 10; ++k) {
    ++counts[pick_by_share(shares, k)];
  }

  EXPECT_EQ(counts, (std::array<int, 3>{5, 3, 2}));
}

TEST(PickByShare, StraysByAFewInAHundredThousandDraws) {
  const std::array<uint64_t, 3> shares{500, 300, 200};
  std::array<double, 3> counts{};

  for (uint64_t k = 1; k <= 100'000; ++k) {
    ++counts[pick_by_share(shares, k)];
    for (size_t i = 0; i < shares.size(); ++i) {
      const double expected = static_cast<double>(k) * static_cast<double>(shares[i]) / 1000;
      ASSERT_LE(std::abs(counts[i] - expected), 2.5) << "draw " << k << " entry " << i;
    }
  }
}

TEST(DrawCandidates, TakesAllOfTwelve) {
  SmallNetwork network(3);
  const ClusterView view = big_view(network, 3, 12);

  const auto drawn = draw_candidates(view, all_groups(view), {}, std::nullopt, 1);

  EXPECT_EQ(drawn.size(), 12U);
  EXPECT_EQ(drawn.front().source, Source::All);
}

TEST(DrawCandidates, DrawsTwelveDifferentOnesOfMany) {
  SmallNetwork network(10);
  const ClusterView view = big_view(network, 10, 1000);
  const auto groups = all_groups(view);

  for (uint64_t draw = 0; draw < 200; ++draw) {
    std::set<uint32_t> different;
    for (const Drawn& each : draw_candidates(view, groups, {}, std::nullopt, draw)) {
      different.insert(each.replica);
      ASSERT_GE(each.replica, each.group->begin);
      ASSERT_LT(each.replica, each.group->end);
    }
    ASSERT_EQ(different.size(), kCandidatesMax);
  }
}

TEST(DrawCandidates, RepeatsForTheSameDrawAndVariesWithIt) {
  SmallNetwork network(10);
  const ClusterView view = big_view(network, 10, 1000);
  const auto groups = all_groups(view);
  const auto replicas_of = [&](uint64_t draw) {
    std::vector<uint32_t> replicas;
    for (const Drawn& each : draw_candidates(view, groups, {}, std::nullopt, draw)) {
      replicas.push_back(each.replica);
    }
    return replicas;
  };

  EXPECT_EQ(replicas_of(42), replicas_of(42));
  EXPECT_NE(replicas_of(42), replicas_of(43));
}

TEST(DrawCandidates, AlwaysLooksAtThePrefixHolderAndItsHomes) {
  SmallNetwork network(10);
  const ClusterView view = big_view(network, 10, 1000);
  const std::array<uint64_t, 5> hashes{11, 22, 33, 44, 55};
  const PrefixHolder holder{.replica = ReplicaId(777), .blocks = 3};
  std::set<uint32_t> homes;

  for (uint64_t draw = 0; draw < 20; ++draw) {
    const auto drawn = draw_candidates(view, all_groups(view), hashes, holder, draw);
    const auto is_holder = [](const Drawn& each) {
      return each.source == Source::PrefixHolder;
    };
    const auto found = std::ranges::find_if(drawn, is_holder);
    if (found != drawn.end()) {
      EXPECT_EQ(view.replicas()[found->replica].replica, ReplicaId(777));
    }
    for (const Drawn& each : drawn) {
      if (each.source == Source::PrefixHome) {
        homes.insert(each.replica);
      }
    }
  }
  EXPECT_GE(homes.size(), 1U);
  EXPECT_LE(homes.size(), 2U);  // at depths 4 and 2, whatever the draw
}

TEST(DrawCandidates, FollowsThePlanAndPassesADeadSitesShareOn) {
  SmallNetwork network(2);
  for (uint64_t i = 1; i <= 50; ++i) {
    network.replica(i, 1, {.state = NodeState::Lost});
    network.replica(100 + i, 2);
  }
  network.builder().set_share(kModel, site_id(1), 9).set_share(kModel, site_id(2), 1);
  const ClusterView view = network.view();

  for (uint64_t draw = 0; draw < 50; ++draw) {
    for (const Drawn& each : draw_candidates(view, all_groups(view), {}, std::nullopt, draw)) {
      if (each.source == Source::Plan) {
        ASSERT_EQ(view.site_of(view.replicas()[each.replica]).site, site_id(2));
      }
    }
  }
}

}  // namespace
}  // namespace suan::scheduler
