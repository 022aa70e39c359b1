#include "scheduler/placement/cluster_view.h"

#include <gtest/gtest.h>

#include "tests/scheduler/placement/small_network.h"

namespace suan::scheduler {
namespace {

TEST(ClusterView, LaysReplicasOutByModelAndSite) {
  SmallNetwork network(2);
  network.replica(5, 2).replica(1, 2).replica(3, 1);
  const ClusterView view = network.view();

  const ModelRow* model = view.find_model(kModel);

  ASSERT_NE(model, nullptr);
  const auto groups = view.groups_of(*model);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(view.sites()[groups[0].site].site, site_id(1));
  EXPECT_EQ(groups[0].end - groups[0].begin, 1U);
  EXPECT_EQ(view.replicas()[groups[1].begin].replica, ReplicaId(1));
  EXPECT_EQ(view.replicas()[groups[1].begin + 1].replica, ReplicaId(5));
  EXPECT_EQ(view.find_replica(ReplicaId(5)), 2U);
  EXPECT_FALSE(view.find_replica(ReplicaId(6)));
}

TEST(ClusterView, LeavesOutFactsAboutUnknownThings) {
  ClusterViewBuilder builder(1);
  builder.add(NodeFacts{.node = node_id(1), .site = site_id(1)});
  builder.add(ReplicaFacts{.replica = ReplicaId(1), .node = node_id(1), .model = kModel});

  const ClusterView view = builder.build();

  EXPECT_EQ(builder.left_out(), 2U);
  EXPECT_TRUE(view.replicas().empty());
}

TEST(ClusterView, PrefersAModelsOfferToTheSitesAndKnowsFreeSites) {
  SmallNetwork network(3);
  network.replica(1, 1).replica(2, 2).replica(3, 3);
  network.builder().add(Offer{.site = site_id(1), .output_n_per_token = 5});
  network.builder().add(Offer{.site = site_id(2), .output_n_per_token = 5});
  network.price(2, 1, 2, 3);
  const ClusterView view = network.view();

  EXPECT_EQ(view.groups()[0].prices.output_n_per_token, 5);
  EXPECT_EQ(view.groups()[1].prices.output_n_per_token, 3);
  EXPECT_EQ(view.groups()[2].prices.output_n_per_token, 0);
}

TEST(ClusterView, SharesTrafficByCapacityWithoutAPlan) {
  SmallNetwork network(2);
  network.replica(1, 1, {.rates = {.decode_tokens_per_s = 100}});
  network.replica(2, 2, {.rates = {.decode_tokens_per_s = 300}});
  const ClusterView view = network.view();

  EXPECT_NEAR(
      static_cast<double>(view.groups()[1].share) / static_cast<double>(view.groups()[0].share),
      3.0, 0.01);
}

TEST(Speed, StretchesStepsUntilAllSlotsAreBusy) {
  const ReplicaCapacity capacity{
      .slots = 5, .decode_tokens_per_s = 100, .decode_tokens_per_s_full = 250};

  const Speed speed = expected_speed({.decode_tokens_per_s = 200}, capacity);

  EXPECT_EQ(speed.step_ns(1), 5'000'000);   // by the estimate
  EXPECT_EQ(speed.step_ns(5), 10'000'000);  // growing as the node measured: 5 * 100 / 250
}

TEST(Speed, FallsBackToTheNodesOwnWordCautiously) {
  const ReplicaCapacity capacity{
      .slots = 1, .prefill_tokens_per_s = 1000, .decode_tokens_per_s = 1000};

  EXPECT_EQ(expected_speed({}, capacity).step_ns_first, 1'000'000);
  EXPECT_NEAR(static_cast<double>(cautious_speed({}, capacity).step_ns_first), 1e6 / 0.5623, 1);
}

TEST(Speed, IsFiniteWhenNothingIsKnown) {
  EXPECT_EQ(expected_speed({}, {}).step_ns_first, 60'000'000'000);
}

}  // namespace
}  // namespace suan::scheduler
