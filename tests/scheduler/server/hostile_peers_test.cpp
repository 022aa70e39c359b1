#include <gtest/gtest.h>

#include "catalog/types/random.h"
#include "tests/scheduler/server/server_world.h"

namespace suan::scheduler {
namespace {

TEST(HostilePeers, Z8_ATicketMaySayNothingButEnrol) {
  ServerWorld world;
  const Json ticket = world.must("ticket.create", {{"site", "beijing"}});
  v1::Envelope beat;
  beat.mutable_heartbeat()->set_beat(1);

  world.deliver(Side::Agents, Peer("ticket:" + ticket.at("ticket_id").get<std::string>()),
                beat);

  EXPECT_EQ(world.server->core().counters.unexpected, 1U);
  EXPECT_TRUE(world.sent(Side::Agents, v1::Envelope::kAck).empty());
}

TEST(HostilePeers, Z8_AnEnrolHasFourKibibytesAtTheMost) {
  ServerWorld world;
  const Json ticket = world.must("ticket.create", {{"site", "beijing"}});
  v1::Envelope enrol;
  enrol.mutable_enrol()->set_node_id("bj-1");
  enrol.mutable_enrol()->set_curve_public_z85(std::string(40, 'k'));
  enrol.mutable_enrol()->set_hostname(std::string(5'000, 'h'));

  world.deliver(Side::Agents, Peer("ticket:" + ticket.at("ticket_id").get<std::string>()),
                enrol);

  const auto refused = world.sent(Side::Agents, v1::Envelope::kRefused);
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].refused().code(), "too_large");
}

TEST(HostilePeers, ANodeMayNotSpeakAsAGateway) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");
  world.deploy();
  world.advance(2s);
  v1::Envelope submit;
  write(request(1), *submit.mutable_submit()->mutable_facts());
  submit.mutable_submit()->set_stream_id(1);
  v1::Envelope command;
  command.mutable_command()->set_verb("node.remove");
  command.mutable_command()->set_json(R"({"node":"bj-1"})");

  world.send(agent, submit);
  world.send(agent, command);

  EXPECT_EQ(world.server->core().counters.unexpected, 2U);
  EXPECT_TRUE(agent.starts.empty());
  EXPECT_TRUE(world.forgotten.empty());
}

TEST(HostilePeers, ANodeCannotEndOrAcknowledgeAnothersAttempt) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  FakeAgent& liar = world.join("sh-1", "shanghai");
  world.deploy();
  world.advance(3s);
  uint64_t n = 1;
  while (world.agent("bj-1").starts.empty()) {
    world.submit(request(n), n);
    ++n;
  }
  const size_t running = world.server->core().dispatcher.running();

  world.finish(liar, world.agent("bj-1").starts[0]);

  EXPECT_EQ(world.server->core().dispatcher.running(), running);
}

TEST(HostilePeers, Z8_OldEpochsAndRepeatedNumbersAreDropped) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");
  v1::Envelope beat;
  beat.mutable_heartbeat()->set_beat(1);
  beat.set_node_epoch(agent.epoch);
  beat.set_seq(500);

  world.deliver(Side::Agents, agent.peer(), beat);
  world.deliver(Side::Agents, agent.peer(), beat);
  beat.set_seq(501);
  beat.set_node_epoch(agent.epoch - 1);
  world.deliver(Side::Agents, agent.peer(), beat);

  EXPECT_EQ(world.sent(Side::Agents, v1::Envelope::kAck).size(), 1U);
  EXPECT_EQ(world.server->core().counters.stale, 2U);
}

TEST(HostilePeers, MalformedContentsChangeNothing) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");
  v1::Envelope beat;
  beat.mutable_heartbeat()->set_beat(1);
  v1::ReplicaStatus& replica = *beat.mutable_heartbeat()->add_replicas();
  replica.set_replica_id(1);
  replica.set_model_id("../../etc/passwd");
  replica.set_state("ready");
  v1::Envelope boot;
  boot.mutable_registration()->set_boot_id(std::string(100, 'x'));
  v1::Envelope finished;
  finished.mutable_finished()->set_request_id("short");
  v1::Envelope echo;
  echo.mutable_echo()->set_t0_us(INT64_MIN);
  echo.mutable_echo()->set_t1_us(INT64_MAX);
  echo.mutable_echo()->set_t2_us(INT64_MIN);

  for (const v1::Envelope& message : {beat, boot, finished, echo})
    world.send(agent, message);

  EXPECT_EQ(world.server->core().counters.malformed, 4U);
  EXPECT_TRUE(world.server->core().membership.find(NodeId("bj-1"))->replicas.empty());
  EXPECT_EQ(world.server->core().membership.find(NodeId("bj-1"))->boot_id, "boot-1");
}

TEST(HostilePeers, AMalformedSubmitIsAnsweredIfItSaysWhoAsks) {
  ServerWorld world;
  v1::Envelope submit;
  write(request(1), *submit.mutable_submit()->mutable_facts());
  submit.mutable_submit()->mutable_facts()->set_model_id("NOT A NAME");
  submit.mutable_submit()->set_stream_id(1);

  world.deliver(Side::Gateway, Peer("gateway:main"), submit);

  ASSERT_TRUE(world.rejected(request(1)));
  EXPECT_EQ(world.rejected(request(1))->code(), "bad_request");
}

TEST(HostilePeers, AReplicaThatClaimsAnotherSlotIsNotBelieved) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  FakeAgent& liar = world.join("sh-1", "shanghai");
  world.deploy();
  world.advance(3s);
  const ReplicaId victim = world.agent("bj-1").replicas[0].replica;

  liar.replicas[0].replica = victim;
  liar.replicas[0].state = ReplicaState::Failed;
  world.send_beat(liar);

  EXPECT_EQ(world.server->core().deployer.find(victim)->state, ReplicaState::Ready);
}

/// Random well-formed frames of every kind, from every side and peer.
v1::Envelope random_message(Random& random) {
  v1::Envelope message;
  std::string wire;
  // A tag of a body field, then a length and random bytes: what protobuf accepts of it, counts.
  const uint64_t field = 10 + random.below(81);
  const uint64_t tag = field << 3U | 2U;
  wire += static_cast<char>((tag & 0x7FU) | 0x80U);
  wire += static_cast<char>(tag >> 7U);
  const uint64_t length = random.below(60);
  wire += static_cast<char>(length);
  for (uint64_t i = 0; i < length; ++i)
    wire += static_cast<char>(random.below(256));
  if (!message.ParseFromString(wire)) message.Clear();
  message.set_node_epoch(random.below(20));
  return message;
}

TEST(HostilePeers, NothingThatPeersSayEndsTheServer) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");
  world.deploy();
  world.advance(3s);
  world.submit(request(1), 1);
  Random random(42);
  const std::vector<std::pair<Side, Peer>> peers = {
      {Side::Agents, agent.peer()},          {Side::Agents, Peer("node:nobody")},
      {Side::Agents, Peer("ticket:x")},      {Side::Agents, Peer("")},
      {Side::Gateway, Peer("gateway:main")}, {Side::Observer, Peer("observer")}};

  for (int i = 0; i < 20'000; ++i) {
    const auto& [side, peer] = peers[random.below(peers.size())];
    v1::Envelope message = random_message(random);
    if (random.below(2) == 0) message.set_node_epoch(agent.epoch);
    world.deliver(side, peer, message);
    if (i % 1000 == 0) world.clear();
  }
  world.advance(3s);
  world.send_register(agent);
  world.advance(3s);
  world.submit(request(2), 2);

  EXPECT_TRUE(world.placed(request(2)));
}

}  // namespace
}  // namespace suan::scheduler
