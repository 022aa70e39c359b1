#include <gtest/gtest.h>

#include "tests/scheduler/server/server_world.h"

namespace suan::scheduler {
namespace {

TEST(Membership, AJoinedNodeIsWelcomedWithTimingsAndGateways) {
  ServerWorld world;

  world.join("bj-1", "beijing");

  const auto welcomes = world.sent(Side::Agents, v1::Envelope::kWelcome);
  ASSERT_EQ(welcomes.size(), 1U);
  const v1::Welcome& welcome = welcomes[0].welcome();
  EXPECT_EQ(welcome.node_id(), "bj-1");
  EXPECT_EQ(welcome.site_id(), "beijing");
  EXPECT_EQ(welcome.heartbeat_every_us(), 1'000'000);
  ASSERT_EQ(welcome.gateways_size(), 1);
  EXPECT_EQ(welcome.gateways(0).endpoint(), "tcp://:7401");
  EXPECT_EQ(world.node_state("bj-1"), "probation");
}

TEST(Membership, EachBeatIsAcknowledged) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");

  world.send_beat(agent);

  const auto acks = world.sent(Side::Agents, v1::Envelope::kAck);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0].ack().beat(), 1U);
}

TEST(Membership, ASilentNodeIsAvoidedWithinThreeSeconds) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  world.join("sh-1", "shanghai");
  world.deploy();
  world.advance(3s);

  world.agent("bj-1").is_alive = false;
  world.advance(3s);
  for (uint64_t n = 1; n <= 8; ++n)
    world.submit(request(n), n);

  EXPECT_EQ(world.node_state("bj-1"), "suspect");
  for (uint64_t n = 1; n <= 8; ++n) {
    const auto placed = world.placed(request(n));
    if (!placed) continue;  // it waits
    EXPECT_EQ(placed->node_id(), "sh-1");
  }
  EXPECT_TRUE(world.placed(request(1)));
}

TEST(Membership, ABrokenConnectionIsSuspectAtOnceAndABeatHealsIt) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");

  world.step({.kind = Event::Kind::Unreachable, .peer = agent.peer()});
  const std::string broken = world.node_state("bj-1");
  world.send_beat(agent);

  EXPECT_EQ(broken, "suspect");
  EXPECT_EQ(world.node_state("bj-1"), "probation");
}

TEST(Membership, ASilentNodeIsLostAfterTwelveSecondsAndGatewaysAreTold) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");
  world.deploy();
  world.advance(2s);
  agent.is_alive = false;

  world.advance(11s);
  const bool was_lost_early = !world.sent(Side::Gateway, v1::Envelope::kNodeLost).empty();
  world.advance(2s);

  EXPECT_FALSE(was_lost_early);
  const auto lost = world.sent(Side::Gateway, v1::Envelope::kNodeLost);
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost[0].node_lost().node_id(), "bj-1");
  EXPECT_EQ(lost[0].node_lost().node_epoch(), agent.epoch);
  EXPECT_TRUE(world.query("replicas").at("items").empty());
}

TEST(Membership, ANodeThatGatewaysHearIsUnreachableNotLost) {
  ServerWorld world;
  world.join("bj-1", "beijing").is_alive = false;
  v1::Envelope heard;
  heard.mutable_heard()->add_node_ids("bj-1");

  for (int second = 0; second < 20; ++second) {
    world.deliver(Side::Gateway, Peer("gateway:main"), heard);
    world.advance(1s);
  }

  EXPECT_EQ(world.node_state("bj-1"), "unreachable");
  EXPECT_TRUE(world.sent(Side::Gateway, v1::Envelope::kNodeLost).empty());
}

TEST(Membership, AnUnreachableNodeIsLostAfterAMinute) {
  ServerWorld world;
  world.join("bj-1", "beijing").is_alive = false;
  v1::Envelope heard;
  heard.mutable_heard()->add_node_ids("bj-1");

  for (int second = 0; second < 62; ++second) {
    world.deliver(Side::Gateway, Peer("gateway:main"), heard);
    world.advance(1s);
  }

  EXPECT_EQ(world.node_state("bj-1"), "lost");
}

TEST(Membership, ANewBootOfTheSameKeyEndsWhatTheEarlierOneRan) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");
  const uint64_t earlier = agent.epoch;

  agent.boot = "boot-2";
  world.send_register(agent);

  EXPECT_GT(agent.epoch, earlier);
  const auto lost = world.sent(Side::Gateway, v1::Envelope::kNodeLost);
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost[0].node_lost().node_epoch(), earlier);
}

TEST(Membership, RegisteringAgainFromTheSameProcessLosesNothing) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");

  world.send_register(agent);

  EXPECT_TRUE(world.sent(Side::Gateway, v1::Envelope::kNodeLost).empty());
  EXPECT_EQ(world.sent(Side::Agents, v1::Envelope::kWelcome).size(), 2U);
}

TEST(Membership, OfTwoProcessesWithOneKeyTheEarlierIsFenced) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");
  FakeAgent earlier = agent;
  agent.boot = "boot-2";
  world.send_register(agent);
  world.clear();

  world.send_beat(earlier);

  const auto fences = world.sent(Side::Agents, v1::Envelope::kFence);
  ASSERT_EQ(fences.size(), 1U);
  EXPECT_EQ(fences[0].fence().reason(), "duplicate");
  EXPECT_EQ(fences[0].node_epoch(), earlier.epoch) << "the later process must not obey it";
  EXPECT_TRUE(world.sent(Side::Agents, v1::Envelope::kAck).empty());
}

TEST(Membership, ANodeThatIsNotRegisteredHereIsToldToRegister) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");

  world.restart();
  world.send_beat(agent);

  ASSERT_EQ(agent.refused.size(), 1U);
  EXPECT_EQ(agent.refused[0], "conflict");
}

TEST(Membership, AStallOfTheServerIsNoSilenceOfTheNodes) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  world.advance(1s);

  world.stall(30s);
  world.step({.kind = Event::Kind::Turn});

  EXPECT_EQ(world.node_state("bj-1"), "probation");
  EXPECT_EQ(world.server->core().counters.stalls, 1U);
  EXPECT_TRUE(world.sent(Side::Gateway, v1::Envelope::kNodeLost).empty());
}

TEST(Membership, AMassOfSilentNodesIsNotEvictedAtOnce) {
  ServerWorld world;
  for (int n = 0; n < 10; ++n)
    world.join("node-" + std::to_string(n), "beijing");
  world.advance(2s);

  for (auto& [id, agent] : world.agents)
    agent.is_alive = false;
  world.advance(30s);

  EXPECT_EQ(world.sent(Side::Gateway, v1::Envelope::kNodeLost).size(), 1U);
  EXPECT_TRUE(world.server->core().membership.is_braking());
}

TEST(Membership, TheRoundTripIsTheMedianOfEchoes) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");
  world.send_beat(agent);
  const auto echoes = world.sent(Side::Agents, v1::Envelope::kEcho);
  ASSERT_EQ(echoes.size(), 1U);

  world.now += 30ms;
  v1::Envelope reply;
  reply.mutable_echo()->set_t0_us(echoes[0].echo().t0_us());
  reply.mutable_echo()->set_t1_us(500);
  reply.mutable_echo()->set_t2_us(10'500);
  world.send(agent, reply);

  const Json node = world.query("nodes").at("items").at(0);
  EXPECT_DOUBLE_EQ(node.at("rtt_ms").get<double>(), 20.0);
}

TEST(Membership, ANodeThatLeavesIsGoneAtOnce) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");
  world.deploy();
  world.advance(2s);

  v1::Envelope leave;
  leave.mutable_leave();
  world.send(agent, leave);

  EXPECT_EQ(world.node_state("bj-1"), "lost");
  EXPECT_TRUE(world.query("replicas").at("items").empty());
}

TEST(RoundTrip, IgnoresASingleLateAnswer) {
  RoundTrip round_trip;
  for (const Duration measured : {10ms, 11ms, 900ms, 10ms, 12ms})
    round_trip.add(measured);

  EXPECT_EQ(round_trip.median(), 11ms);
}

}  // namespace
}  // namespace suan::scheduler
