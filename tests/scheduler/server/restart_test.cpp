#include <gtest/gtest.h>

#include "tests/scheduler/server/server_world.h"

namespace suan::scheduler {
namespace {

struct ThreeSites : ServerWorld {
  ThreeSites() {
    join("bj-1", "beijing");
    join("sh-1", "shanghai");
    join("gz-1", "guangzhou");
    deploy();
    advance(3s);
  }
};

TEST(Restart, RunningReplicasAreAdoptedNotLoadedAgain) {
  ThreeSites world;
  const ReplicaId replica = world.agent("bj-1").replicas[0].replica;
  const uint64_t lease = world.agent("bj-1").replicas[0].lease_epoch;

  world.restart();
  world.clear();
  world.send_register(world.agent("bj-1"));

  const auto welcomes = world.sent(Side::Agents, v1::Envelope::kWelcome);
  ASSERT_EQ(welcomes.size(), 1U);
  ASSERT_EQ(welcomes[0].welcome().adopted_replica_ids_size(), 1);
  EXPECT_EQ(welcomes[0].welcome().adopted_replica_ids(0), replica.value());
  EXPECT_EQ(welcomes[0].welcome().fenced_replica_ids_size(), 0);
  EXPECT_GT(world.agent("bj-1").replicas[0].lease_epoch, lease);
}

TEST(Restart, PlacementGoesOnAtOnceWithTheFirstNode) {
  ThreeSites world;

  world.restart();
  world.send_register(world.agent("bj-1"));
  world.advance(100ms);
  world.submit(request(1), 1);

  ASSERT_TRUE(world.placed(request(1)));
  EXPECT_EQ(world.placed(request(1))->node_id(), "bj-1");
}

TEST(Restart, NothingMovesBeforeTheOthersAreBack) {
  ThreeSites world;
  world.agent("sh-1").is_alive = false;
  world.agent("gz-1").is_alive = false;

  world.restart();
  world.send_register(world.agent("bj-1"));
  world.advance(19s);
  const size_t before = world.query("replicas").at("items").size();
  const bool was_settled = world.server->core().deployer.is_settled();
  world.advance(2s);

  EXPECT_EQ(before, 3U);
  EXPECT_FALSE(was_settled);
  EXPECT_TRUE(world.server->core().deployer.is_settled());
  EXPECT_EQ(world.query("replicas").at("items").size(), 1U);
}

TEST(Restart, SettlesAtOnceWhenAllAreBack) {
  ThreeSites world;

  world.restart();
  for (auto& [id, agent] : world.agents)
    world.send_register(agent);
  world.advance(200ms);

  EXPECT_TRUE(world.server->core().deployer.is_settled());
}

TEST(Restart, LoadIsRebuiltFromWhatRuns) {
  ThreeSites world;
  world.restart();
  FakeAgent& agent = world.agent("bj-1");
  v1::Running running;
  running.set_request_id(write_request_id(request(1).request));
  running.set_attempt(1);
  running.set_stream_id(77);
  running.set_replica_id(agent.replicas[0].replica.value());
  running.set_kv_tokens(100);
  agent.running = {running};

  world.send_register(agent);

  const Load* load = world.server->core().load.find(agent.replicas[0].replica);
  ASSERT_NE(load, nullptr);
  EXPECT_EQ(load->in_flight, 1U);
  EXPECT_EQ(load->kv_tokens_taken, 100U);
}

TEST(Restart, EpochsAreNeverUsedTwice) {
  ThreeSites world;
  const uint64_t scheduler = world.server->core().scheduler_epoch;
  const uint64_t node = world.agent("bj-1").epoch;

  world.restart();
  world.send_register(world.agent("bj-1"));

  EXPECT_GT(world.server->core().scheduler_epoch, scheduler);
  EXPECT_GT(world.server->core().scheduler_epoch, node);
  EXPECT_GT(world.agent("bj-1").epoch, world.server->core().scheduler_epoch);
}

TEST(Restart, AnotherNodesReplicaIsFenced) {
  ThreeSites world;
  FakeAgent& thief = world.agent("sh-1");
  thief.replicas[0].replica = world.agent("bj-1").replicas[0].replica;

  world.restart();
  world.send_register(world.agent("bj-1"));
  world.clear();
  world.send_register(thief);

  const auto welcomes = world.sent(Side::Agents, v1::Envelope::kWelcome);
  ASSERT_EQ(welcomes.size(), 1U);
  EXPECT_EQ(welcomes[0].welcome().fenced_replica_ids_size(), 1);
}

TEST(Restart, I6_WhatWasAcknowledgedIsThere) {
  ThreeSites world;
  world.must("node.drain", {{"node", "gz-1"}});
  world.must("offer.set", {{"site", "beijing"}, {"output_n_per_token", 8000}});
  world.must("ticket.create", {{"site", "lanzhou"}});

  world.restart();

  EXPECT_EQ(world.query("sites").at("items").size(), 4U);
  EXPECT_EQ(world.query("deployments").at("items").at(0).at("model"), "stories-moe");
  EXPECT_EQ(world.query("offers").at("items").at(0).at("output_n_per_token"), 8000);
  EXPECT_EQ(world.query("tickets").at("items").size(), 4U);
  world.send_register(world.agent("gz-1"));
  EXPECT_EQ(world.node_state("gz-1"), "draining");
}

}  // namespace
}  // namespace suan::scheduler
