#include "node_agent/agent.h"

#include <gtest/gtest.h>

#include "tests/node_agent/agent_world.h"

namespace suan::node_agent {
namespace {

using Kind = AgentWorld::Kind;

TEST(Agent, RegistersAtOnceWithItsWholeState) {
  AgentWorld world;

  const auto registers = world.control.all(Kind::kRegistration);

  ASSERT_EQ(registers.size(), 1U);
  EXPECT_EQ(registers[0].registration().boot_id(), "boot-1");
  ASSERT_EQ(registers[0].registration().replicas_size(), 1);
  EXPECT_EQ(registers[0].registration().replicas(0).state(), "ready");
  EXPECT_EQ(world.agent->state(), AgentState::Joining);
}

TEST(Agent, BeatsOnceASecondWithJitterOnceItIsWelcome) {
  AgentWorld world;
  world.welcome();
  EXPECT_EQ(world.agent->state(), AgentState::Registered);

  world.live(10s);

  const size_t beats = world.control.all(Kind::kHeartbeat).size();
  EXPECT_GE(beats, 9U);
  EXPECT_LE(beats, 13U);
  const auto last = world.control.all(Kind::kHeartbeat).back();
  EXPECT_EQ(last.scheduler_epoch(), 5U);
  EXPECT_EQ(last.node_epoch(), 1U);
}

TEST(Agent, NumbersItsMessagesUpwards) {
  AgentWorld world;
  world.welcome();
  world.live(3s);

  uint64_t before = 0;
  for (const auto& sent : world.control.sent) {
    EXPECT_GT(sent.message.seq(), before);
    before = sent.message.seq();
  }
}

TEST(Agent, SaysHelloToGatewaysEachSecond) {
  AgentWorld world;
  world.welcome();

  world.live(5s);

  EXPECT_GE(world.gateway().all(Kind::kHello).size(), 5U);
  EXPECT_EQ(world.gateway().all(Kind::kHello)[0].hello().boot_id(), "boot-1");
}

TEST(Agent, RepeatsItsRegistrationWithGrowingPauses) {
  AgentWorld world;

  world.loop.advance(60s);

  // About 1.5, 3, 6, then 7.5 s apart.
  EXPECT_GE(world.registers(), 7U);
  EXPECT_LE(world.registers(), 14U);
}

TEST(Agent, Z5_SaysAfterTenSecondsOfSilenceWhatMayBeWrong) {
  AgentWorld world;
  world.loop.advance(9s);
  EXPECT_TRUE(world.said.empty());

  world.loop.advance(3s);

  ASSERT_EQ(world.said.size(), 1U);
  EXPECT_NE(world.said[0].find("key not approved, or server unreachable"), std::string::npos);
}

TEST(Agent, RegistersAgainWhenTheSchedulerFallsSilent) {
  AgentWorld world;
  world.welcome();
  world.live(5s);
  ASSERT_EQ(world.registers(), 1U);

  world.loop.advance(6s);

  EXPECT_GE(world.registers(), 2U);
  EXPECT_EQ(world.agent->state(), AgentState::Joining);
  world.scheduler_epoch = 6;
  world.welcome(2);
  EXPECT_EQ(world.agent->state(), AgentState::Registered);
  EXPECT_EQ(world.agent->node_epoch(), 2U);
}

TEST(Agent, ALateAckEndsTheRegistering) {
  AgentWorld world;
  world.welcome();
  world.live(2s);
  world.loop.advance(4s);
  ASSERT_EQ(world.agent->state(), AgentState::Joining);

  world.ack();

  EXPECT_EQ(world.agent->state(), AgentState::Registered);
}

TEST(Agent, RegistersAgainWhenItHearsAnEpochItWasNotWelcomedBy) {
  AgentWorld world;
  world.welcome();
  world.scheduler_epoch = 9;

  world.start(1);
  world.loop.advance(2s);

  EXPECT_EQ(world.registers(), 2U);
  EXPECT_EQ(world.agent->counters().starts, 0U);
}

TEST(Agent, RegistersAgainSoonWhenTheSchedulerDoesNotKnowIt) {
  AgentWorld world;
  world.welcome();
  v1::Envelope refused;
  refused.set_scheduler_epoch(8);  // it has restarted
  refused.mutable_refused()->set_code("conflict");

  for (int i = 0; i < 30; ++i) {
    world.tell(refused);  // one for each message that was under way
    world.loop.advance(50ms);
  }

  EXPECT_EQ(world.registers(), 2U);
}

TEST(Agent, ARegistrationListsWhatRunsAndWhatWaitsForItsBody) {
  AgentWorld world;
  world.welcome();
  world.run_stream(1);
  world.runner.emit(1, AcceptedEvent{20, 0});
  world.loop.advance(4s);
  world.start(2);

  world.loop.advance(2s);

  const auto again = world.control.all(Kind::kRegistration).back().registration();
  ASSERT_EQ(again.running_size(), 2);
  EXPECT_EQ(again.running(0).stream_id(), 1U);
  EXPECT_EQ(again.running(0).kv_tokens(), 120U);
  EXPECT_EQ(again.running(1).stream_id(), 2U);
}

TEST(Agent, Z8_DropsSmallerEpochsAndRepeatedNumbers) {
  AgentWorld world;
  world.welcome(4);
  v1::Envelope old_leader = AgentWorld::start_message(1);
  old_leader.set_scheduler_epoch(4);
  v1::Envelope old_registration = AgentWorld::start_message(2);
  old_registration.set_node_epoch(3);
  v1::Envelope once = AgentWorld::start_message(3);
  once.set_seq(500);

  world.tell(old_leader);
  world.tell(old_registration);
  world.tell(once);
  world.tell(once);

  EXPECT_EQ(world.agent->counters().starts, 1U);
  EXPECT_EQ(world.agent->counters().stale_dropped, 3U);
}

TEST(Agent, AnswersAnEchoAtOnceOnBothConnections) {
  AgentWorld world;
  world.welcome();
  v1::Envelope question;
  question.mutable_echo()->set_t0_us(77);

  world.tell(question);
  world.gateway_tells(question);

  for (const auto& answers :
       {world.control.all(Kind::kEcho), world.gateway().all(Kind::kEcho)}) {
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].echo().t0_us(), 77);
    EXPECT_GT(answers[0].echo().t1_us(), 0);
  }
}

TEST(Agent, HandsDesiredReplicasToTheLauncher) {
  AgentWorld world;
  world.welcome();
  v1::Envelope message;
  v1::WantedReplica& wanted = *message.mutable_desired()->add_replicas();
  wanted.set_replica_id(11);
  wanted.set_lease_epoch(4);
  wanted.set_model_id("tiny");
  message.mutable_desired()->add_replicas()->set_model_id("../etc/passwd");

  world.tell(message);

  ASSERT_EQ(world.launcher.wanted.size(), 1U);
  ASSERT_EQ(world.launcher.wanted[0].size(), 1U);
  EXPECT_EQ(world.launcher.wanted[0][0].lease_epoch, 4U);
}

TEST(Agent, TellsAChangedReplicaAtOnce) {
  AgentWorld world;
  world.welcome();
  const size_t before = world.control.all(Kind::kHeartbeat).size();

  world.launcher.launched[0].state = ReplicaState::Draining;
  world.launcher.changed();

  const auto beats = world.control.all(Kind::kHeartbeat);
  ASSERT_EQ(beats.size(), before + 1);
  EXPECT_EQ(beats.back().heartbeat().replicas(0).state(), "draining");
}

TEST(Agent, UnloadsAfterAQuarterOfAnHourWithoutALease) {
  AgentWorld world;
  world.welcome();
  world.live(2s);
  world.launcher.wanted.clear();

  world.loop.advance(16min);

  ASSERT_EQ(world.launcher.wanted.size(), 1U);
  EXPECT_TRUE(world.launcher.wanted[0].empty());
}

TEST(Agent, AFenceOfOneReplicaEndsItsAttemptsAndUnloadsIt) {
  AgentWorld world;
  world.welcome();
  world.run_stream(1);
  v1::Envelope fence;
  fence.mutable_fence()->set_reason("superseded");
  fence.mutable_fence()->add_replica_ids(kReplica.value());

  world.tell(fence);
  world.runner.emit(1, FailedEvent{{ErrorCode::Cancelled, "cancelled", {}}, false});

  EXPECT_EQ(world.runner.cancelled, std::vector{StreamId(1)});
  ASSERT_EQ(world.failed().size(), 1U);
  EXPECT_EQ(world.failed()[0].code(), "replica_gone");
  EXPECT_TRUE(world.launcher.wanted.back().empty());
  EXPECT_EQ(world.agent->state(), AgentState::Registered);
}

TEST(Agent, AFencedDuplicateFallsSilent) {
  AgentWorld world;
  world.welcome();
  v1::Envelope fence;
  fence.mutable_fence()->set_reason("duplicate");

  world.tell(fence);
  const size_t sent = world.control.sent.size();
  world.loop.advance(60s);

  EXPECT_EQ(world.agent->state(), AgentState::Fenced);
  EXPECT_EQ(world.control.sent.size(), sent);
  world.start(1);
  EXPECT_EQ(world.agent->counters().starts, 0U);
}

TEST(Agent, DrainFinishesWhatRunsThenLeaves) {
  AgentWorld world;
  world.welcome();
  world.run_stream(1);
  bool is_done = false;

  world.agent->drain([&] { is_done = true; });

  EXPECT_TRUE(world.control.all(Kind::kHeartbeat).back().heartbeat().is_draining());
  world.start(2);
  EXPECT_EQ(world.failed().at(0).stream_id(), 2U);
  world.live(5s);
  EXPECT_FALSE(is_done);
  world.runner.emit(1, DoneEvent{});
  world.loop.advance(100ms);
  world.gateway_answers_echoes();
  world.loop.advance(1s);
  EXPECT_TRUE(is_done);
  EXPECT_EQ(world.control.all(Kind::kLeave).size(), 1U);
  EXPECT_EQ(world.control.sent.back().message.body_case(), Kind::kLeave);
}

TEST(Agent, LeavesOnlyOnceTheGatewayHasReadTheLastAnswer) {
  AgentWorld world;
  world.welcome();
  world.run_stream(1);
  world.agent->drain([] {});
  world.runner.emit(1, DoneEvent{});

  world.loop.advance(1s);
  EXPECT_EQ(world.gateway().all(Kind::kEcho).size(), 1U);
  EXPECT_EQ(world.control.all(Kind::kLeave).size(), 0U);
  world.gateway_answers_echoes();
  world.loop.advance(100ms);

  EXPECT_EQ(world.control.all(Kind::kLeave).size(), 1U);
}

TEST(Agent, LeavesAfterTwoSecondsWithoutAWordFromTheGateway) {
  AgentWorld world;
  world.welcome();
  bool is_done = false;
  world.agent->drain([&] { is_done = true; });

  world.loop.advance(1900ms);
  EXPECT_FALSE(is_done);
  world.loop.advance(300ms);

  EXPECT_TRUE(is_done);
}

TEST(Agent, DrainEndsByForceAfterItsDeadline) {
  AgentConfig config;
  config.drain_max = 10s;
  AgentWorld world(config);
  world.welcome();
  world.run_stream(1);
  bool is_done = false;

  world.agent->drain([&] { is_done = true; });
  world.live(9s);
  EXPECT_FALSE(is_done);
  world.loop.advance(3s);

  EXPECT_TRUE(is_done);
  EXPECT_EQ(world.runner.cancelled.size(), 1U);
}

TEST(Agent, EqualSeedsSendEqualMessages) {
  const auto run = [] {
    AgentConfig config;
    config.seed = 42;
    AgentWorld world(config);
    world.welcome();
    world.live(20s);
    world.loop.advance(30s);
    std::string all;
    for (const auto& one : world.control.sent)
      all += one.message.SerializeAsString();
    return all;
  };

  EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace suan::node_agent
