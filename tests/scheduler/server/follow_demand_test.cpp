#include <gtest/gtest.h>

#include "tests/scheduler/server/server_world.h"

// Deployments whose replicas the planner chooses by demand.

namespace suan::scheduler {
namespace {

void follow_demand(ServerWorld& world) {
  world.must("deploy", {{"model", "stories-moe"}, {"follow_demand", true}});
}

Json replicas_of(ServerWorld& world) {
  return world.query("replicas").at("items");
}

/// Asks for `per_second` requests, each second, for so long; all are answered at once.
void ask_for(ServerWorld& world, uint64_t per_second, Duration duration) {
  static uint64_t number = 1'000;
  for (Duration passed{}; passed < duration; passed += 1s) {
    for (uint64_t i = 0; i < per_second; ++i) {
      ++number;
      world.submit(request(number), number);
    }
    world.advance(1s);
  }
}

TEST(FollowDemand, BeginsWithOneReplicaWhereNobodyAsks) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  world.join("sh-1", "shanghai");
  world.join("gz-1", "guangzhou");

  follow_demand(world);
  world.advance(30s);

  const Json replicas = replicas_of(world);
  ASSERT_EQ(replicas.size(), 1U);
  EXPECT_EQ(replicas.at(0).at("state"), "ready");
  const Json plan = world.query("plan");
  EXPECT_EQ(plan.at("replicas").size(), 1U);
  EXPECT_EQ(plan.at("pools").size(), 3U);
  EXPECT_LE(plan.at("bound_n_per_s").get<int64_t>(), plan.at("cost_n_per_s").get<int64_t>());
}

TEST(FollowDemand, LoadsMoreAsDemandGrowsAndKeepsItAfterwards) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  world.join("sh-1", "shanghai");
  world.join("gz-1", "guangzhou");
  follow_demand(world);
  world.advance(30s);
  ASSERT_EQ(replicas_of(world).size(), 1U);

  // Far more than one node serves.
  ask_for(world, 8, 40s);

  EXPECT_EQ(replicas_of(world).size(), 3U);
  world.advance(30min);
  EXPECT_EQ(replicas_of(world).size(), 3U);
}

TEST(FollowDemand, TellsWhatCannotBeServed) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  follow_demand(world);
  world.advance(30s);

  ask_for(world, 20, 30s);

  const Json unmet = world.query("plan").at("unmet");
  ASSERT_EQ(unmet.size(), 1U);
  EXPECT_EQ(unmet.at(0).at("model"), "stories-moe");
  EXPECT_GT(unmet.at(0).at("unmet_etok_per_s").get<double>(), 0);
  EXPECT_GT(world.query("plan").at("pools").at(0).at("shadow_price_yuan_per_h").get<double>(),
            0);
}

TEST(FollowDemand, SurvivesARestart) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  world.join("sh-1", "shanghai");
  follow_demand(world);
  world.advance(30s);
  ASSERT_EQ(replicas_of(world).size(), 1U);

  world.restart();
  world.send_register(world.agent("bj-1"));
  world.send_register(world.agent("sh-1"));
  world.advance(40s);

  EXPECT_EQ(replicas_of(world).size(), 1U);
  const Json deployments = world.query("deployments").at("items");
  ASSERT_EQ(deployments.size(), 1U);
  EXPECT_EQ(deployments.at(0).at("follow_demand"), true);
}

TEST(FollowDemand, GoesOnElsewhereWhenItsNodeIsLost) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  world.join("sh-1", "shanghai");
  follow_demand(world);
  world.advance(30s);
  const std::string before = replicas_of(world).at(0).at("node");

  world.agent(before).is_alive = false;
  world.advance(60s);

  const Json replicas = replicas_of(world);
  ASSERT_EQ(replicas.size(), 1U);
  EXPECT_NE(replicas.at(0).at("node"), before);
  EXPECT_EQ(replicas.at(0).at("state"), "ready");
}

TEST(FollowDemand, AProposalMovesNothing) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  world.advance(30s);
  world.must("deploy", {{"model", "stories-moe"}, {"replicas", 1}});

  const Json proposed = world.query("plan/proposed");

  EXPECT_EQ(proposed.at("replicas").size(), 1U);
  EXPECT_TRUE(world.query("plan").at("replicas").empty());
}

TEST(FollowDemand, HasNoNumber) {
  ServerWorld world;
  world.join("bj-1", "beijing");

  const v1::Answer answer = world.command(
      "deploy", {{"model", "stories-moe"}, {"follow_demand", true}, {"replicas", 2}});

  EXPECT_EQ(answer.code(), "bad_request");
  EXPECT_NE(answer.message().find("no fixed number"), std::string::npos) << answer.message();
}

}  // namespace
}  // namespace suan::scheduler
