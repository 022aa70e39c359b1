// What CURVE, ZAP and hostile frames mean for a channel.
#include <gtest/gtest.h>
#include <zmq.h>

#include "tests/support/zmq_world.h"

namespace suan {
namespace {

using test::beat;
using test::Inbox;
using test::ZmqWorld;

const Peer kScheduler("scheduler");
const Peer kNode("node:a");

/// A DEALER that sends whatever bytes a test wants.
class RawDealer {
 public:
  RawDealer(ZmqWorld& world, const ZmqChannel& server, const CurveKeyPair& keys)
      : socket_(zmq_socket(world.context.handle(), ZMQ_DEALER)) {
    const int none = 0;
    zmq_setsockopt(socket_, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(socket_, ZMQ_CURVE_SERVERKEY, world.server_keys.public_z85.data(), 40);
    zmq_setsockopt(socket_, ZMQ_CURVE_PUBLICKEY, keys.public_z85.data(), 40);
    zmq_setsockopt(socket_, ZMQ_CURVE_SECRETKEY, keys.secret_z85.data(), 40);
    zmq_connect(socket_, server.endpoint().c_str());
  }

  ~RawDealer() { zmq_close(socket_); }

  RawDealer(const RawDealer&) = delete;
  RawDealer& operator=(const RawDealer&) = delete;

  void send(std::string_view bytes, bool has_more = false) {
    zmq_send(socket_, bytes.data(), bytes.size(), has_more ? ZMQ_SNDMORE : 0);
  }

 private:
  void* socket_;
};

TEST(Curve, Z1_AnUnknownKeyReachesNoHandler) {
  ZmqWorld world;
  const auto server = world.listen();
  const CurveKeyPair unknown = make_curve_key_pair();
  const auto client = world.connect(*server, unknown);
  Inbox at_server(*server);

  client->send(kScheduler, beat(1));
  ASSERT_TRUE(world.run_until([&] { return world.lookups[unknown.public_z85] >= 2; }));

  EXPECT_TRUE(at_server.messages.empty());
}

TEST(Curve, Z5_AKeyThatIsApprovedLaterGetsInByItself) {
  ZmqWorld world;
  const auto server = world.listen();
  const CurveKeyPair keys = make_curve_key_pair();
  const auto client = world.connect(*server, keys);
  Inbox at_server(*server);
  client->send(kScheduler, beat(1));
  ASSERT_TRUE(world.run_until([&] { return world.lookups[keys.public_z85] >= 1; }));

  world.known_keys[keys.public_z85] = kNode;

  EXPECT_TRUE(world.run_until([&] { return at_server.messages.size() == 1; }));
}

TEST(Curve, AClientThatTrustsAnotherServerKeyGetsNowhere) {
  ZmqWorld world;
  const auto server = world.listen();
  const CurveKeyPair keys = world.admit("node:a");
  Inbox at_server(*server);
  const auto wrong = ZmqChannel::connect(
      world.loop, {server->endpoint(), make_curve_key_pair().public_z85, keys, kScheduler});
  wrong->send(kScheduler, beat(1));

  const auto right = world.connect(*server, world.admit("node:b"));
  right->send(kScheduler, beat(2));
  ASSERT_TRUE(world.run_until([&] { return !at_server.messages.empty(); }));

  EXPECT_EQ(at_server.messages[0].first, Peer("node:b"));
}

TEST(Curve, Z4_AForgottenPeerIsRefusedOnItsOpenConnection) {
  ZmqWorld world;
  const auto server = world.listen();
  const auto client = world.connect(*server, world.admit("node:a"));
  Inbox at_server(*server);
  client->send(kScheduler, beat(1));
  ASSERT_TRUE(world.run_until([&] { return at_server.messages.size() == 1; }));

  server->forget(kNode);
  client->send(kScheduler, beat(2));
  ASSERT_TRUE(world.run_until([&] { return server->counters().unauthenticated == 1; }));

  EXPECT_EQ(at_server.messages.size(), 1U);
  EXPECT_FALSE(server->send(kNode, beat(3)));
}

TEST(Curve, AForgottenPeerThatIsAdmittedAgainMayConnectAnew) {
  ZmqWorld world;
  const auto server = world.listen();
  const CurveKeyPair keys = world.admit("node:a");
  Inbox at_server(*server);
  server->forget(kNode);

  const auto client = world.connect(*server, keys);
  client->send(kScheduler, beat(1));

  EXPECT_TRUE(world.run_until([&] { return at_server.messages.size() == 1; }));
}

TEST(Curve, Z7_MalformedFramesAreCountedAndSurvived) {
  ZmqWorld world;
  const auto server = world.listen();
  Inbox at_server(*server);
  RawDealer raw(world, *server, world.admit("node:a"));

  raw.send("\xFF\xFF\xFF not protobuf");
  raw.send("");
  raw.send("two", true);
  raw.send("frames");
  raw.send(beat(7).SerializeAsString());
  ASSERT_TRUE(world.run_until([&] { return at_server.messages.size() == 1; }));

  EXPECT_EQ(server->counters().malformed, 2U);
  EXPECT_EQ(server->counters().unknown_kind, 1U);  // an empty frame is an envelope of nothing
  EXPECT_EQ(at_server.messages[0].second.heartbeat().beat(), 7U);
}

TEST(Curve, Z3_AFrameAboveTheLimitCutsItsConnectionAlone) {
  ZmqWorld world;
  const auto server = world.listen();
  Inbox at_server(*server);
  const auto good = world.connect(*server, world.admit("node:b"));
  RawDealer raw(world, *server, world.admit("node:a"));

  raw.send(std::string((1U << 20U) + 1, 'x'));
  good->send(kScheduler, beat(1));
  ASSERT_TRUE(world.run_until([&] { return at_server.messages.size() == 1; }));

  EXPECT_EQ(at_server.messages[0].first, Peer("node:b"));
  EXPECT_EQ(server->counters().malformed, 0U);
}

}  // namespace
}  // namespace suan
