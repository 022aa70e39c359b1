#include <gtest/gtest.h>

#include "tests/scheduler/server/server_world.h"

namespace suan::scheduler {
namespace {

size_t replicas_in(ServerWorld& world) {
  return world.query("replicas").at("items").size();
}

TEST(Deployer, OneReplicaOnEachNodeThatHasTheModel) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  world.join("sh-1", "shanghai");
  world.join("gz-1", "guangzhou");

  world.deploy();
  world.advance(2s);

  const Json replicas = world.query("replicas").at("items");
  ASSERT_EQ(replicas.size(), 3U);
  for (const Json& replica : replicas)
    EXPECT_EQ(replica.at("state"), "ready");
}

TEST(Deployer, SitesAndNumbersOfReplicasAreKept) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  world.join("sh-1", "shanghai");
  world.join("gz-1", "guangzhou");

  world.must("deploy", {{"model", "stories-moe"},
                        {"replicas", 1},
                        {"sites", Json::array({"shanghai", "guangzhou"})}});
  world.advance(2s);

  const Json replicas = world.query("replicas").at("items");
  ASSERT_EQ(replicas.size(), 1U);
  EXPECT_NE(replicas.at(0).at("site"), "beijing");
}

TEST(Deployer, ANodeThatJoinsLaterServesToo) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  world.deploy();
  world.advance(2s);

  world.join("sh-1", "shanghai");
  world.advance(2s);

  EXPECT_EQ(replicas_in(world), 2U);
}

TEST(Deployer, RetiringUnloadsEverywhere) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  world.deploy();
  world.advance(2s);

  world.must("retire", {{"model", "stories-moe"}});
  world.advance(2s);

  EXPECT_EQ(replicas_in(world), 0U);
  EXPECT_TRUE(world.agent("bj-1").replicas.empty());
  EXPECT_EQ(world.command("retire", {{"model", "stories-moe"}}).code(), "not_found");
}

TEST(Deployer, AnUnknownModelCannotBeDeployed) {
  ServerWorld world;
  world.join("bj-1", "beijing");

  EXPECT_EQ(world.command("deploy", {{"model", "gpt-5"}}).code(), "not_found");
}

TEST(Deployer, ADrainedNodeUnloadsAndAResumedOneLoadsAgain) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  world.deploy();
  world.advance(2s);

  world.must("node.drain", {{"node", "bj-1"}});
  world.advance(2s);
  const size_t drained = replicas_in(world);
  const std::string state = world.node_state("bj-1");
  world.must("node.resume", {{"node", "bj-1"}});
  world.advance(2s);

  EXPECT_EQ(drained, 0U);
  EXPECT_EQ(state, "draining");
  EXPECT_EQ(replicas_in(world), 1U);
}

TEST(Deployer, AFailedReplicaIsShownAndTriedAgainLaterAndLater) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");
  world.deploy();
  world.advance(1s);
  agent.loads_what_is_desired = false;
  agent.replicas[0].state = ReplicaState::Failed;
  agent.replicas[0].error = "not enough memory";
  const uint64_t first_lease = agent.replicas[0].lease_epoch;
  world.send_beat(agent);
  const Json failed = world.query("replicas").at("items").at(0);
  agent.replicas.clear();

  world.advance(4s);
  const uint64_t too_early = world.query("replicas").at("items").at(0).at("failures");
  const std::string state_before = world.query("replicas").at("items").at(0).at("state");
  agent.loads_what_is_desired = true;
  world.advance(3s);

  EXPECT_EQ(failed.at("state"), "failed");
  EXPECT_EQ(failed.at("error"), "not enough memory");
  EXPECT_EQ(too_early, 1U);
  EXPECT_EQ(state_before, "failed");
  ASSERT_EQ(agent.replicas.size(), 1U);
  EXPECT_GT(agent.replicas[0].lease_epoch, first_lease);
  EXPECT_EQ(world.query("replicas").at("items").at(0).at("state"), "ready");
}

TEST(Deployer, ALostDesiredIsSentAgain) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");
  agent.loads_what_is_desired = false;
  world.deploy();
  world.advance(1s);

  agent.loads_what_is_desired = true;
  world.advance(4s);

  EXPECT_EQ(agent.replicas.size(), 1U);
}

TEST(Deployer, AnotherFileUnderTheSameNameIsNotServed) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  FakeAgent& other = world.join("sh-1", "shanghai");
  other.digest = std::string(64, 'b');
  world.send_register(other);

  world.deploy();
  world.advance(2s);

  const Json replicas = world.query("replicas").at("items");
  ASSERT_EQ(replicas.size(), 1U);
  EXPECT_EQ(replicas.at(0).at("node"), "bj-1");
}

TEST(Deployer, LeaseEpochsOnlyGrow) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");
  world.deploy();
  world.advance(2s);
  uint64_t last = 0;

  for (int i = 0; i < 5; ++i) {
    agent.boot = "boot-" + std::to_string(i);
    agent.replicas.clear();
    world.send_register(agent);
    world.advance(2s);
    ASSERT_EQ(agent.replicas.size(), 1U);
    EXPECT_GT(agent.replicas[0].lease_epoch, last);
    last = agent.replicas[0].lease_epoch;
  }
}

}  // namespace
}  // namespace suan::scheduler
