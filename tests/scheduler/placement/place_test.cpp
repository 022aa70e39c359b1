#include "scheduler/placement/place.h"

#include <gtest/gtest.h>

#include "tests/scheduler/placement/small_network.h"

namespace suan::scheduler {
namespace {

TEST(Place, ChoosesTheQuickerReplica) {
  SmallNetwork network(2);
  network.replica(1, 1, {.round_trip = 40ms}).replica(2, 2, {.round_trip = 5ms});
  const ClusterView view = network.view();

  const auto placed = place(long_request(), view, network.load, kNow, 0);

  ASSERT_TRUE(placed) << placed.error();
  EXPECT_EQ(placed->replica, ReplicaId(2));
  EXPECT_EQ(placed->node, node_id(2));
  EXPECT_EQ(placed->site, site_id(2));
  EXPECT_EQ(placed->ttft_expected, 305ms);  // 5 ms and 3,000 tokens at 10,000/s
  EXPECT_EQ(placed->runner_up_gap_us, 35'000);
  EXPECT_EQ(placed->demand.kv_tokens, 3300U);
  EXPECT_EQ(placed->demand.prefill_tokens, 3000U);
  EXPECT_EQ(placed->view_id, 7U);
  EXPECT_EQ(placed->estimate_id, 102U);
}

TEST(Place, GivesTiesToTheLowerId) {
  SmallNetwork network(2);
  network.replica(9, 1).replica(4, 2);
  const ClusterView view = network.view();

  for (uint64_t draw = 0; draw < 10; ++draw) {
    EXPECT_EQ(place(long_request(), view, network.load, kNow, draw)->replica, ReplicaId(4));
  }
}

TEST(Place, LearnsFromMeasuredSpeed) {
  SmallNetwork network(2);
  network.replica(1, 1, {.round_trip = 1ms, .rates = {.decode_tokens_per_s = 50}});
  network.replica(2, 2, {.round_trip = 80ms, .rates = {.decode_tokens_per_s = 100}});
  const ClusterView view = network.view();

  // 300 tokens at 20 ms count 1.2 s when balanced, 10 ms count 0.6 s: more than 79 ms of way.
  EXPECT_EQ(place(long_request(), view, network.load, kNow, 0)->replica, ReplicaId(2));
}

TEST(Place, GoesBackToTheReplicaThatHoldsThePromptsBeginning) {
  SmallNetwork network(2);
  network.replica(1, 1, {.round_trip = 10ms}).replica(2, 2, {.round_trip = 30ms});
  const ClusterView view = network.view();
  RequestFacts request = long_request();
  request.prefix_hashes = {11, 22, 33, 44};
  network.load.prefixes().remember(request.prefix_hashes, ReplicaId(2), kNow);

  const auto placed = place(request, view, network.load, kNow, 0);

  ASSERT_TRUE(placed);
  EXPECT_EQ(placed->replica, ReplicaId(2));
  EXPECT_EQ(placed->demand.prefill_tokens, 3000U - 4 * 64);
}

TEST(Place, KnowsNoOtherModels) {
  SmallNetwork network(1);
  const ClusterView view = network.view();
  RequestFacts request = long_request();
  request.model = ModelId("gpt-x");

  const auto placed = place(request, view, network.load, kNow, 0);

  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().code, ErrorCode::UnknownModel);
  EXPECT_EQ(placed.error().param, "model");
}

TEST(Place, SaysWhichWishExcludesWhat) {
  SmallNetwork network(2);
  network.replica(1, 1).replica(2, 2).price(1, 0, 0, 500).price(2, 0, 0, 900);
  const ClusterView view = network.view();
  RequestFacts request = long_request();
  request.wishes.sites = {site_id(2)};
  request.wishes.price_n_per_token_max = 600;
  Considered considered;

  const auto placed = place(request, view, network.load, kNow, 0, &considered);

  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().code, ErrorCode::Unsatisfiable);
  EXPECT_EQ(
      placed.error().message,
      "no site that serves model stories-moe meets these wishes: `sites` excludes site-1; "
      "`max_price_per_mtok` excludes site-2; without the wish `sites` it could run now");
  EXPECT_EQ(placed.error().param, "sites");
  EXPECT_EQ(considered.binding, Rule::OnlyOnSite);
  EXPECT_EQ(considered.refused_sites.size(), 2U);
}

TEST(Place, NeverTradesAWishAway) {
  SmallNetwork network(20);
  for (uint64_t i = 1; i <= 400; ++i) {
    network.replica(i, static_cast<uint32_t>(i % 20) + 1,
                    {.round_trip = i % 20 == 6 ? 500ms : 1ms});
  }
  const ClusterView view = network.view();
  RequestFacts request = long_request();
  request.wishes.sites = {site_id(7)};  // by far the slowest to reach

  for (uint64_t draw = 0; draw < 100; ++draw) {
    const auto placed = place(request, view, network.load, kNow, draw);
    ASSERT_TRUE(placed) << placed.error();
    ASSERT_EQ(placed->site, site_id(7));
  }
}

TEST(Place, CallsALimitThatNoReplicaCanKeepUnsatisfiable) {
  SmallNetwork network(1);
  network.replica(1, 1);
  network.load.report(ReplicaId(1), busy(16), 0, kNow);
  const ClusterView view = network.view();
  RequestFacts request = long_request();
  request.wishes.ttft_max = 100ms;  // 310 ms even when idle

  const auto placed = place(request, view, network.load, kNow, 0);

  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().code, ErrorCode::Unsatisfiable);
  EXPECT_EQ(placed.error().param, "slo");
}

TEST(Place, HasNoCapacityWhenEveryReplicaIsFull) {
  SmallNetwork network(2);
  network.replica(1, 1).replica(2, 2);
  network.load.report(ReplicaId(1), busy(16), 0, kNow);
  network.load.report(ReplicaId(2), busy(16), 0, kNow);
  const ClusterView view = network.view();
  Considered considered;

  const auto placed = place(long_request(), view, network.load, kNow, 0, &considered);

  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().code, ErrorCode::NoCapacity);
  EXPECT_EQ(considered.binding, Rule::PushRoom);
  EXPECT_EQ(considered.candidates.size(), 2U);
}

TEST(Place, NamesTheWishWithoutWhichAFullNetworkCouldServe) {
  SmallNetwork network(2);
  network.replica(1, 1).replica(2, 2);
  network.load.report(ReplicaId(1), busy(16), 0, kNow);
  const ClusterView view = network.view();
  RequestFacts request = long_request();
  request.wishes.sites = {site_id(1)};
  Considered considered;

  const auto placed = place(request, view, network.load, kNow, 0, &considered);

  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().code, ErrorCode::NoCapacity);
  EXPECT_EQ(considered.binding, Rule::OnlyOnSite);
}

TEST(Place, IsUnavailableWhenNothingLives) {
  SmallNetwork network(1);
  network.replica(1, 1, {.state = NodeState::Lost});
  const ClusterView view = network.view();

  const auto placed = place(long_request(), view, network.load, kNow, 0);

  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().code, ErrorCode::Unavailable);
}

TEST(Place, IsUnavailableWhileNoReplicaExists) {
  SmallNetwork network(1);
  const ClusterView view = network.view();

  const auto placed = place(long_request(), view, network.load, kNow, 0);

  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().code, ErrorCode::Unavailable);
}

TEST(Place, DoesNotRetryWhereTheRequestFailedBefore) {
  SmallNetwork network(2);
  network.replica(1, 1).replica(2, 2, {.round_trip = 900ms});
  const ClusterView view = network.view();
  RequestFacts request = long_request();
  request.excluded = {ReplicaId(1)};

  EXPECT_EQ(place(request, view, network.load, kNow, 0)->replica, ReplicaId(2));
}

TEST(Place, FindsTheOneFreeReplicaAmongManyFullOnes) {
  SmallNetwork network(5);
  for (uint64_t i = 1; i <= 300; ++i) {
    network.replica(i, static_cast<uint32_t>(i % 5) + 1);
    if (i != 123) {
      network.load.report(ReplicaId(i), busy(16), 0, kNow);
    }
  }
  const ClusterView view = network.view();

  for (uint64_t draw = 0; draw < 20; ++draw) {
    const auto placed = place(long_request(), view, network.load, kNow, draw);
    ASSERT_TRUE(placed) << placed.error();
    EXPECT_EQ(placed->replica, ReplicaId(123));
  }
}

TEST(Place, RepeatsExactlyForEqualArguments) {
  SmallNetwork network(10);
  for (uint64_t i = 1; i <= 1000; ++i) {
    network.replica(i, static_cast<uint32_t>(i % 10) + 1,
                    {.rates = {.decode_tokens_per_s = 50.0 + static_cast<double>(i % 7)}});
  }
  const ClusterView view = network.view();

  for (uint64_t draw = 0; draw < 200; ++draw) {
    const auto first = place(long_request(), view, network.load, kNow, draw);
    const auto again = place(long_request(), view, network.load, kNow, draw);
    ASSERT_TRUE(first && again);
    ASSERT_EQ(first->replica, again->replica);
    ASSERT_EQ(first->runner_up, again->runner_up);
    ASSERT_EQ(first->runner_up_gap_us, again->runner_up_gap_us);
  }
}

TEST(Place, BindsToTheRuleThatRefusedTheBestRefusedReplica) {
  SmallNetwork network(3);
  network.replica(1, 1, {.round_trip = 1ms});
  network.replica(2, 2, {.round_trip = 20ms});
  network.replica(3, 3, {.round_trip = 90ms, .state = NodeState::Lost});
  network.load.report(ReplicaId(1), busy(16), 0, kNow);
  const ClusterView view = network.view();

  const auto placed = place(long_request(), view, network.load, kNow, 0);

  ASSERT_TRUE(placed);
  EXPECT_EQ(placed->replica, ReplicaId(2));
  EXPECT_EQ(placed->considered.binding, Rule::PushRoom);
}

}  // namespace
}  // namespace suan::scheduler
