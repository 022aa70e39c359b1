#include "catalog/wire/zmq_channel.h"

#include <gtest/gtest.h>

#include "tests/support/zmq_world.h"

namespace suan {
namespace {

using test::beat;
using test::Inbox;
using test::ZmqWorld;

const Peer kScheduler("scheduler");
const Peer kNode("node:a");

TEST(ZmqChannel, CarriesMessagesBothWaysOverTcp) {
  ZmqWorld world;
  const auto server = world.listen();
  const auto client = world.connect(*server, world.admit("node:a"));
  Inbox at_server(*server);
  Inbox at_client(*client);

  ASSERT_TRUE(client->send(kScheduler, beat(1)));
  ASSERT_TRUE(world.run_until([&] { return at_server.messages.size() == 1; }));
  ASSERT_TRUE(server->send(kNode, beat(2)));
  ASSERT_TRUE(world.run_until([&] { return at_client.messages.size() == 1; }));

  EXPECT_EQ(at_server.messages[0].first, kNode);
  EXPECT_EQ(at_server.messages[0].second.heartbeat().beat(), 1U);
  EXPECT_EQ(at_client.messages[0].first, kScheduler);
  EXPECT_EQ(at_client.messages[0].second.heartbeat().beat(), 2U);
}

TEST(ZmqChannel, CarriesMessagesBetweenTheEndsOfAPair) {
  ZmqWorld world;
  const auto bound = ZmqChannel::bind_pair(world.loop, "pair", Peer("gateway:main"));
  const auto other = ZmqChannel::connect_pair(world.loop, "pair", kScheduler);
  Inbox at_bound(*bound);
  Inbox at_other(*other);

  ASSERT_TRUE(other->send(kScheduler, beat(1)));
  ASSERT_TRUE(bound->send(Peer("gateway:main"), beat(2)));
  ASSERT_TRUE(world.run_until(
      [&] { return at_bound.messages.size() == 1 && at_other.messages.size() == 1; }));

  EXPECT_EQ(at_bound.messages[0].first, Peer("gateway:main"));
  EXPECT_EQ(at_other.messages[0].first, kScheduler);
}

TEST(ZmqChannel, KeepsTheOrderOfMoreMessagesThanLibzmqTakes) {
  ZmqWorld world;
  const auto server = world.listen();
  const auto client = world.connect(*server, world.admit("node:a"));
  Inbox at_server(*server);

  for (uint64_t i = 0; i < 1000; ++i)
    ASSERT_TRUE(client->send(kScheduler, beat(i)));
  ASSERT_TRUE(world.run_until([&] { return at_server.messages.size() == 1000; }));

  for (uint64_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(at_server.messages[i].second.heartbeat().beat(), i);
  }
}

TEST(ZmqChannel, RefusesToQueueMoreThanItsMaximum) {
  ZmqWorld world;
  const auto server = world.listen();
  const auto client = world.connect(*server, make_curve_key_pair());  // never gets in

  uint64_t taken = 0;
  while (taken < 5000 && client->send(kScheduler, beat(taken)))
    ++taken;

  EXPECT_EQ(taken, 1024U);
  EXPECT_EQ(client->counters().queue_full, 1U);
}

TEST(ZmqChannel, TellsThatAPeerIsUnreachableOnceItsConnectionIsGone) {
  ZmqWorld world;
  const auto server = world.listen();
  auto client = world.connect(*server, world.admit("node:a"));
  Inbox at_server(*server);
  client->send(kScheduler, beat(1));
  ASSERT_TRUE(world.run_until([&] { return at_server.messages.size() == 1; }));

  client.reset();
  // libzmq notices the closed connection a moment later; until then it takes messages.
  ASSERT_TRUE(world.run_until([&] { return !server->send(kNode, beat(2)); }));

  ASSERT_TRUE(world.run_until([&] { return !at_server.unreachable.empty(); }));
  EXPECT_EQ(at_server.unreachable[0], kNode);
}

TEST(ZmqChannel, TellsUnreachableForAPeerThatNeverSpoke) {
  ZmqWorld world;
  const auto server = world.listen();
  Inbox at_server(*server);

  EXPECT_FALSE(server->send(kNode, beat(1)));

  EXPECT_TRUE(at_server.unreachable.empty());  // not from inside `send`
  ASSERT_TRUE(world.run_until([&] { return at_server.unreachable.size() == 1; }));
}

TEST(ZmqChannel, ReconnectsToAServerThatStartsAgain) {
  ZmqWorld world;
  auto server = world.listen();
  const std::string endpoint = server->endpoint();
  const auto client = world.connect(*server, world.admit("node:a"));
  Inbox at_client(*client);
  auto at_server = std::make_unique<Inbox>(*server);
  client->send(kScheduler, beat(1));
  ASSERT_TRUE(world.run_until([&] { return at_server->messages.size() == 1; }));

  server.reset();
  ASSERT_TRUE(world.run_until([&] { return !at_client.unreachable.empty(); }));
  EXPECT_EQ(at_client.unreachable[0], kScheduler);
  // libzmq closes a listening socket in its own thread, so the port may be taken for a moment.
  ASSERT_TRUE(world.run_until([&] {
    try {
      server = world.listen(endpoint);
    } catch (const std::runtime_error&) {
      return false;
    }
    return true;
  }));
  at_server = std::make_unique<Inbox>(*server);

  ASSERT_TRUE(client->send(kScheduler, beat(2)));
  ASSERT_TRUE(world.run_until([&] { return at_server->messages.size() == 1; }));
  EXPECT_EQ(at_server->messages[0].second.heartbeat().beat(), 2U);
}

TEST(ZmqChannel, TheNewestConnectionOfAPeerWins) {
  ZmqWorld world;
  const auto server = world.listen();
  const CurveKeyPair keys = world.admit("node:a");
  Inbox at_server(*server);
  const auto older = world.connect(*server, keys);
  Inbox at_older(*older);
  older->send(kScheduler, beat(1));
  ASSERT_TRUE(world.run_until([&] { return at_server.messages.size() == 1; }));
  const auto newer = world.connect(*server, keys);
  Inbox at_newer(*newer);
  newer->send(kScheduler, beat(2));
  ASSERT_TRUE(world.run_until([&] { return at_server.messages.size() == 2; }));

  older->send(kScheduler, beat(3));
  ASSERT_TRUE(world.run_until([&] { return server->counters().unauthenticated == 1; }));
  server->send(kNode, beat(4));
  ASSERT_TRUE(world.run_until([&] { return !at_newer.messages.empty(); }));

  EXPECT_EQ(at_server.messages.size(), 2U);
  EXPECT_TRUE(at_older.messages.empty());
}

TEST(ZmqChannel, AThrowingHandlerLosesItsMessageAndNoOther) {
  ZmqWorld world;
  const auto bound = ZmqChannel::bind_pair(world.loop, "pair", Peer("gateway:main"));
  const auto other = ZmqChannel::connect_pair(world.loop, "pair", kScheduler);
  std::vector<uint64_t> seen;
  bound->on_message([&](const Peer&, const v1::Envelope& message) {
    if (message.heartbeat().beat() == 2) throw std::runtime_error("planted");
    seen.push_back(message.heartbeat().beat());
  });

  for (uint64_t i = 1; i <= 3; ++i)
    other->send(kScheduler, beat(i));
  ASSERT_TRUE(world.run_until([&] { return seen.size() == 2; }));

  EXPECT_EQ(seen, (std::vector<uint64_t>{1, 3}));
}

TEST(ZmqChannel, AHandlerMayDestroyItsChannel) {
  ZmqWorld world;
  auto bound = ZmqChannel::bind_pair(world.loop, "pair", Peer("gateway:main"));
  const auto other = ZmqChannel::connect_pair(world.loop, "pair", kScheduler);
  bound->on_message([&](const Peer&, const v1::Envelope&) { bound.reset(); });

  for (uint64_t i = 1; i <= 3; ++i)
    other->send(kScheduler, beat(i));

  EXPECT_TRUE(world.run_until([&] { return bound == nullptr; }));
}

TEST(ZmqChannel, DoesNotSendWhatTheOtherEndWouldNotTake) {
  ZmqWorld world;
  const auto server = world.listen();
  const auto client = world.connect(*server, world.admit("node:a"));
  v1::Envelope large = beat(1);
  large.mutable_answer()->set_json(std::string((1U << 20U) + 1, 'x'));

  EXPECT_FALSE(client->send(kScheduler, large));

  EXPECT_EQ(client->counters().too_large, 1U);
}

TEST(ZmqChannel, NamesTheAddressThatIsTaken) {
  ZmqWorld world;
  const auto server = world.listen();

  try {
    const auto second = world.listen(server->endpoint());
    FAIL() << "two servers on one port";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find(server->endpoint()), std::string::npos);
  }
}

}  // namespace
}  // namespace suan
