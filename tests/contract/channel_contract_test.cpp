// What every Channel does: one suite over ZmqChannel and SimNetwork's channels.
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bench/sim/sim_network.h"
#include "tests/support/raw_client.h"
#include "tests/support/zmq_world.h"

namespace suan {
namespace {

using test::beat;
using test::Inbox;

const Peer kScheduler("scheduler");
const Peer kNode("node:a");

class Zmq {
 public:
  /// Listens; again on the same address after the last one was destroyed.
  std::unique_ptr<Channel> listen() {
    std::unique_ptr<ZmqChannel> channel;
    // libzmq closes a listening socket in its own thread, so the port may be taken for a moment.
    world_.run_until([&] {
      try {
        channel = world_.listen(endpoint_);
      } catch (const std::runtime_error&) {
        return false;
      }
      return true;
    });
    endpoint_ = channel->endpoint();
    return channel;
  }

  /// Whoever connects from now on finds nobody. libzmq's thread may still have taken a client, and
  /// its messages with it, when the channel is long destroyed.
  void close(std::unique_ptr<Channel> server) {
    server.reset();
    const auto port =
        static_cast<uint16_t>(std::stoi(endpoint_.substr(endpoint_.rfind(':') + 1)));
    world_.run_until([&] {
      try {
        const test::RawClient client(port);
      } catch (const std::runtime_error&) {
        return true;
      }
      return false;
    });
  }

  std::unique_ptr<Channel> connect(const std::string& name) {
    if (!keys_.contains(name)) keys_[name] = world_.admit(name);
    return ZmqChannel::connect(
        world_.loop, {endpoint_, world_.server_keys.public_z85, keys_[name], kScheduler});
  }

  std::pair<std::unique_ptr<Channel>, std::unique_ptr<Channel>> make_pair(const Peer& first,
                                                                          const Peer& second) {
    auto one = ZmqChannel::bind_pair(world_.loop, "contract", second);
    auto two = ZmqChannel::connect_pair(world_.loop, "contract", first);
    return {std::move(one), std::move(two)};
  }

  bool run_until(const std::function<bool()>& is_done) { return world_.run_until(is_done); }

 private:
  test::ZmqWorld world_;
  std::string endpoint_ = "tcp://127.0.0.1:*";
  std::map<std::string, CurveKeyPair> keys_;
};

class Sim {
 public:
  std::unique_ptr<Channel> listen() { return network_.listen(loop_, "center", "control"); }

  void close(std::unique_ptr<Channel> server) { server.reset(); }

  std::unique_ptr<Channel> connect(const std::string& name) {
    return network_.connect(loop_, "site", "control", Peer(name), kScheduler);
  }

  std::pair<std::unique_ptr<Channel>, std::unique_ptr<Channel>> make_pair(const Peer& first,
                                                                          const Peer& second) {
    return network_.make_pair(loop_, first, loop_, second);
  }

  bool run_until(const std::function<bool()>& is_done) {
    const Time end = world_.now() + 20s;
    while (!is_done()) {
      if (!world_.step() || world_.now() > end) return is_done();
    }
    return true;
  }

 private:
  bench::SimWorld world_;
  bench::SimLoop loop_{world_};
  bench::SimNetwork network_{world_, 1};
};

template <class World>
class ChannelContract : public ::testing::Test {
 protected:
  World world_;
};

using Worlds = ::testing::Types<Zmq, Sim>;
TYPED_TEST_SUITE(ChannelContract, Worlds);

TYPED_TEST(ChannelContract, CarriesMessagesBothWays) {
  const auto server = this->world_.listen();
  const auto client = this->world_.connect("node:a");
  Inbox at_server(*server);
  Inbox at_client(*client);

  ASSERT_TRUE(client->send(kScheduler, beat(1)));
  ASSERT_TRUE(this->world_.run_until([&] { return at_server.messages.size() == 1; }));
  ASSERT_TRUE(server->send(kNode, beat(2)));
  ASSERT_TRUE(this->world_.run_until([&] { return at_client.messages.size() == 1; }));

  EXPECT_EQ(at_server.messages[0].first, kNode);
  EXPECT_EQ(at_server.messages[0].second.heartbeat().beat(), 1U);
  EXPECT_EQ(at_client.messages[0].first, kScheduler);
  EXPECT_EQ(at_client.messages[0].second.heartbeat().beat(), 2U);
}

TYPED_TEST(ChannelContract, APairIsConnectedFromTheStart) {
  auto [one, two] = this->world_.make_pair(kScheduler, Peer("gateway:main"));
  Inbox at_one(*one);
  Inbox at_two(*two);

  ASSERT_TRUE(one->send(Peer("gateway:main"), beat(1)));
  ASSERT_TRUE(two->send(kScheduler, beat(2)));
  ASSERT_TRUE(this->world_.run_until(
      [&] { return at_one.messages.size() == 1 && at_two.messages.size() == 1; }));

  EXPECT_EQ(at_one.messages[0].first, Peer("gateway:main"));
  EXPECT_EQ(at_two.messages[0].first, kScheduler);
}

TYPED_TEST(ChannelContract, KeepsTheOrderOfEachPeer) {
  const auto server = this->world_.listen();
  const auto client = this->world_.connect("node:a");
  Inbox at_server(*server);

  for (uint64_t i = 0; i < 1000; ++i)
    ASSERT_TRUE(client->send(kScheduler, beat(i)));
  ASSERT_TRUE(this->world_.run_until([&] { return at_server.messages.size() == 1000; }));

  for (uint64_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(at_server.messages[i].second.heartbeat().beat(), i);
  }
}

TYPED_TEST(ChannelContract, APeerThatNeverSpokeIsUnreachable) {
  const auto server = this->world_.listen();
  Inbox at_server(*server);

  EXPECT_FALSE(server->send(kNode, beat(1)));

  EXPECT_TRUE(at_server.unreachable.empty());  // not from inside `send`
  ASSERT_TRUE(this->world_.run_until([&] { return !at_server.unreachable.empty(); }));
  EXPECT_EQ(at_server.unreachable[0], kNode);
}

TYPED_TEST(ChannelContract, APeerThatCrashedBecomesUnreachable) {
  const auto server = this->world_.listen();
  auto client = this->world_.connect("node:a");
  Inbox at_server(*server);
  client->send(kScheduler, beat(1));
  ASSERT_TRUE(this->world_.run_until([&] { return at_server.messages.size() == 1; }));

  client.reset();

  ASSERT_TRUE(this->world_.run_until([&] { return !server->send(kNode, beat(2)); }));
  ASSERT_TRUE(this->world_.run_until([&] { return !at_server.unreachable.empty(); }));
}

TYPED_TEST(ChannelContract, MessagesBeforeTheFirstConnectionWait) {
  this->world_.close(this->world_.listen());
  const auto client = this->world_.connect("node:a");

  ASSERT_TRUE(client->send(kScheduler, beat(1)));
  const auto server = this->world_.listen();
  Inbox at_server(*server);

  EXPECT_TRUE(this->world_.run_until([&] { return at_server.messages.size() == 1; }));
}

TYPED_TEST(ChannelContract, AQueueIsFullAt1024Messages) {
  this->world_.close(this->world_.listen());
  const auto client = this->world_.connect("node:a");

  size_t taken = 0;
  while (taken < 5000 && client->send(kScheduler, beat(taken)))
    ++taken;

  EXPECT_EQ(taken, 1024U);
}

TYPED_TEST(ChannelContract, AClientLearnsOfALostServerAndConnectsAgain) {
  auto server = this->world_.listen();
  const auto client = this->world_.connect("node:a");
  Inbox at_client(*client);
  auto at_server = std::make_unique<Inbox>(*server);
  client->send(kScheduler, beat(1));
  ASSERT_TRUE(this->world_.run_until([&] { return at_server->messages.size() == 1; }));

  server.reset();
  ASSERT_TRUE(this->world_.run_until([&] { return !at_client.unreachable.empty(); }));
  EXPECT_EQ(at_client.unreachable[0], kScheduler);
  server = this->world_.listen();
  at_server = std::make_unique<Inbox>(*server);
  ASSERT_TRUE(client->send(kScheduler, beat(2)));

  ASSERT_TRUE(this->world_.run_until([&] { return at_server->messages.size() == 1; }));
  EXPECT_EQ(at_server->messages[0].second.heartbeat().beat(), 2U);
}

TYPED_TEST(ChannelContract, TheNewestConnectionOfAPeerThatSpokeWins) {
  const auto server = this->world_.listen();
  Inbox at_server(*server);
  const auto older = this->world_.connect("node:a");
  Inbox at_older(*older);
  older->send(kScheduler, beat(1));
  ASSERT_TRUE(this->world_.run_until([&] { return at_server.messages.size() == 1; }));
  const auto newer = this->world_.connect("node:a");
  Inbox at_newer(*newer);
  newer->send(kScheduler, beat(2));
  ASSERT_TRUE(this->world_.run_until([&] { return at_server.messages.size() == 2; }));

  older->send(kScheduler, beat(3));  // is dropped
  newer->send(kScheduler, beat(4));
  ASSERT_TRUE(this->world_.run_until([&] { return at_server.messages.size() == 3; }));
  server->send(kNode, beat(5));
  ASSERT_TRUE(this->world_.run_until([&] { return !at_newer.messages.empty(); }));

  EXPECT_EQ(at_server.messages[2].second.heartbeat().beat(), 4U);
  EXPECT_TRUE(at_older.messages.empty());
}

TYPED_TEST(ChannelContract, AForgottenPeerIsHeardAgainOnlyOnANewConnection) {
  const auto server = this->world_.listen();
  Inbox at_server(*server);
  auto client = this->world_.connect("node:a");
  client->send(kScheduler, beat(1));
  ASSERT_TRUE(this->world_.run_until([&] { return at_server.messages.size() == 1; }));

  server->forget(kNode);
  client->send(kScheduler, beat(2));
  EXPECT_FALSE(server->send(kNode, beat(3)));
  const auto again = this->world_.connect("node:a");
  again->send(kScheduler, beat(4));
  ASSERT_TRUE(this->world_.run_until([&] { return at_server.messages.size() == 2; }));

  EXPECT_EQ(at_server.messages[1].second.heartbeat().beat(), 4U);
}

TYPED_TEST(ChannelContract, AHandlerThatThrowsLosesItsMessageAlone) {
  auto [one, two] = this->world_.make_pair(kScheduler, Peer("gateway:main"));
  std::vector<uint64_t> seen;
  one->on_message([&](const Peer&, const v1::Envelope& message) {
    if (message.heartbeat().beat() == 2) throw std::runtime_error("planted");
    seen.push_back(message.heartbeat().beat());
  });

  for (uint64_t i = 1; i <= 3; ++i)
    two->send(kScheduler, beat(i));
  ASSERT_TRUE(this->world_.run_until([&] { return seen.size() == 2; }));

  EXPECT_EQ(seen, (std::vector<uint64_t>{1, 3}));
}

TYPED_TEST(ChannelContract, AHandlerMayDestroyItsChannel) {
  auto [one, two] = this->world_.make_pair(kScheduler, Peer("gateway:main"));
  Channel* other = two.get();
  std::unique_ptr<Channel> doomed = std::move(one);
  doomed->on_message([&](const Peer&, const v1::Envelope&) { doomed.reset(); });

  for (uint64_t i = 1; i <= 3; ++i)
    other->send(kScheduler, beat(i));

  EXPECT_TRUE(this->world_.run_until([&] { return doomed == nullptr; }));
}

}  // namespace
}  // namespace suan
