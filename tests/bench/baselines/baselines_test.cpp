#include "bench/baselines/baselines.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/scheduler/placement/small_network.h"

namespace suan::bench {
namespace {

using scheduler::kNow;
using scheduler::SmallNetwork;

/// Three replicas at two sites with 4, 1 and 2 requests in flight.
struct ThreeReplicas {
  ThreeReplicas() {
    view = network.replica(1, 1).replica(2, 1).replica(3, 2).view();
    uint64_t seq = 0;
    for (const auto& [replica, requests] :
         {std::pair{1, 4}, std::pair{2, 1}, std::pair{3, 2}}) {
      for (int i = 0; i < requests; ++i) {
        held.push_back(*network.load.reserve(ReplicaId(static_cast<uint64_t>(replica)),
                                             {.kv_tokens = 10}, ++seq));
      }
    }
  }

  uint64_t choose(const scheduler::PlaceFunction& place,
                  uint64_t draw = 1,
                  const RequestFacts& request = scheduler::long_request()) {
    const auto placement = place(request, view, network.load, kNow, draw, nullptr);
    EXPECT_TRUE(placement) << placement.error();
    return placement->replica.value();
  }

  SmallNetwork network{2};
  std::vector<scheduler::Reservation> held;
  scheduler::ClusterView view;
};

scheduler::PlaceFunction make(const char* name) {
  return choose_baseline(name)->make();
}

TEST(Baselines, LeastLoadedTakesTheFewestInFlight) {
  ThreeReplicas three;

  EXPECT_EQ(three.choose(make("least_loaded")), 2U);
}

TEST(Baselines, RoundRobinGoesByIdAndBeginsAgain) {
  ThreeReplicas three;
  const auto place = make("round_robin");

  EXPECT_EQ(three.choose(place), 1U);
  EXPECT_EQ(three.choose(place), 2U);
  EXPECT_EQ(three.choose(place), 3U);
  EXPECT_EQ(three.choose(place), 1U);
}

TEST(Baselines, PowerOfTwoNeverTakesTheBusierOfTwo) {
  ThreeReplicas three;
  const auto place = make("power_of_two");
  std::map<uint64_t, int> chosen;

  for (uint64_t draw = 0; draw < 900; ++draw)
    ++chosen[three.choose(place, draw)];

  // Both draws fall on the busiest in one case of nine; one on the idlest in five.
  EXPECT_NEAR(chosen[1], 100, 30);
  EXPECT_NEAR(chosen[2], 500, 50);
}

TEST(Baselines, PrefixHashKeepsAConversationTogetherAndSpreadsOthers) {
  ThreeReplicas three;
  const auto place = make("prefix_hash");
  std::set<uint64_t> homes;

  for (uint64_t conversation = 1; conversation < 40; ++conversation) {
    RequestFacts request = scheduler::long_request();
    for (uint64_t i = 0; i < 16; ++i)
      request.prefix_hashes.push_back(conversation * 1'000 + i);
    const uint64_t home = three.choose(place, 1, request);
    request.prefix_hashes.push_back(77);  // it grows
    EXPECT_EQ(three.choose(place, 2, request), home);
    homes.insert(home);
  }

  EXPECT_EQ(homes.size(), 3U);
}

TEST(Baselines, LeaveOutWhatOurRulesRefuse) {
  ThreeReplicas three;
  RequestFacts request = scheduler::long_request();
  request.excluded = {ReplicaId(2)};
  request.wishes.sites = {scheduler::site_id(1)};

  for (const Baseline& each : baselines())
    EXPECT_EQ(three.choose(each.make(), 1, request), 1U) << each.name;
}

TEST(Baselines, RefuseInTheSameWordsAsWeDo) {
  ThreeReplicas three;
  RequestFacts request = scheduler::long_request();
  request.wishes.sites = {SiteId("moon")};
  const auto ours = scheduler::place(request, three.view, three.network.load, kNow, 1, nullptr);
  ASSERT_FALSE(ours);

  for (const Baseline& each : baselines()) {
    const auto theirs = each.make()(request, three.view, three.network.load, kNow, 1, nullptr);
    ASSERT_FALSE(theirs) << each.name;
    EXPECT_EQ(theirs.error(), ours.error()) << each.name;
  }
}

}  // namespace
}  // namespace suan::bench
