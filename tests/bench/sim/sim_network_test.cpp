#include "bench/sim/sim_network.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/wire/suan.pb.h"

namespace suan::bench {
namespace {

const Peer kScheduler("scheduler");
const Peer kNode("node:a");

v1::Envelope beat(uint64_t number) {
  v1::Envelope envelope;
  envelope.mutable_heartbeat()->set_beat(number);
  return envelope;
}

/// A scheduler and one node, connected; what each heard, and when.
struct TwoHosts {
  explicit TwoHosts(const SimLink& link, uint64_t seed = 1) : network(world, seed) {
    network.set_link("center", "site", link);
    server = network.listen(center, "center", "control");
    client = network.connect(site, "site", "control", kNode, kScheduler);
    server->on_message([this](const Peer&, const v1::Envelope& message) {
      heard.push_back(message.heartbeat().beat());
      at.push_back(world.now());
    });
    client->on_message([this](const Peer&, const v1::Envelope& message) {
      answers.push_back(message.heartbeat().beat());
    });
    client->on_unreachable([this](const Peer&) { ++times_lost; });
    world.run_for(1s);  // connects
  }

  void send(uint64_t first, uint64_t last) {
    for (uint64_t i = first; i <= last; ++i)
      client->send(kScheduler, beat(i));
  }

  SimWorld world;
  SimLoop center{world};
  SimLoop site{world};
  SimNetwork network;
  std::unique_ptr<Channel> server;
  std::unique_ptr<Channel> client;
  std::vector<uint64_t> heard;
  std::vector<Time> at;
  std::vector<uint64_t> answers;
  int times_lost = 0;
};

TEST(SimNetwork, AMessageTakesTheLatencyOfItsLink) {
  TwoHosts hosts({.latency = 30ms});
  const Time sent = hosts.world.now();

  hosts.send(1, 1);
  hosts.world.run_for(1s);

  ASSERT_EQ(hosts.at.size(), 1U);
  EXPECT_EQ(hosts.at[0] - sent, 30ms);
}

TEST(SimNetwork, JitterKeepsTheOrderOfAConnection) {
  TwoHosts hosts({.latency = 10ms, .jitter = 50ms});

  hosts.send(1, 500);
  hosts.world.run_for(1s);

  ASSERT_EQ(hosts.heard.size(), 500U);
  EXPECT_TRUE(std::is_sorted(hosts.heard.begin(), hosts.heard.end()));
}

TEST(SimNetwork, LosesAndDoublesAsOftenAsItIsTold) {
  TwoHosts hosts({.loss = 0.2, .duplication = 0.1});

  hosts.send(1, 10'000);
  hosts.world.run_for(1s);

  EXPECT_NEAR(static_cast<double>(hosts.network.counters().lost), 2000, 200);
  EXPECT_NEAR(static_cast<double>(hosts.network.counters().duplicated), 800, 120);
  EXPECT_EQ(hosts.heard.size(),
            10'000 - hosts.network.counters().lost + hosts.network.counters().duplicated);
}

TEST(SimNetwork, ReorderingLosesNothing) {
  TwoHosts hosts({.latency = 10ms, .reordering = 0.2});

  hosts.send(1, 1000);
  hosts.world.run_for(1s);

  EXPECT_FALSE(std::is_sorted(hosts.heard.begin(), hosts.heard.end()));
  std::sort(hosts.heard.begin(), hosts.heard.end());
  EXPECT_EQ(hosts.heard.size(), 1000U);
  EXPECT_EQ(std::unique(hosts.heard.begin(), hosts.heard.end()), hosts.heard.end());
}

TEST(SimNetwork, EqualSeedsGiveEqualRuns) {
  const SimLink rough{10ms, 20ms, 0.1, 0.1, 0.1};
  TwoHosts first(rough, 7);
  TwoHosts second(rough, 7);
  TwoHosts other(rough, 8);

  for (TwoHosts* hosts : {&first, &second, &other}) {
    hosts->send(1, 200);
    hosts->world.run_for(1s);
  }

  EXPECT_EQ(first.heard, second.heard);
  EXPECT_EQ(first.at, second.at);
  EXPECT_NE(first.heard, other.heard);
}

TEST(SimNetwork, AShortCutDelaysAndLosesNothing) {
  TwoHosts hosts({});
  hosts.network.cut("center", "site");

  hosts.send(1, 10);
  hosts.world.run_for(3s);
  ASSERT_TRUE(hosts.heard.empty());
  hosts.network.heal("center", "site");
  hosts.world.run_for(1s);

  EXPECT_EQ(hosts.heard.size(), 10U);
  EXPECT_EQ(hosts.times_lost, 0);
}

TEST(SimNetwork, ALongCutEndsTheConnectionAndWhatWaitedOnIt) {
  TwoHosts hosts({});
  hosts.network.cut("center", "site");
  hosts.send(1, 10);
  hosts.world.run_for(10s);
  EXPECT_EQ(hosts.times_lost, 1);

  hosts.network.heal("center", "site");
  hosts.world.run_for(10s);
  hosts.send(11, 11);
  hosts.world.run_for(1s);

  EXPECT_EQ(hosts.heard, std::vector<uint64_t>{11});
}

TEST(SimNetwork, AConnectionThatIsResetComesBack) {
  TwoHosts hosts({});

  hosts.network.reset("center", "site");
  hosts.send(1, 1);  // waits for the next connection
  hosts.world.run_for(1s);

  EXPECT_EQ(hosts.times_lost, 1);
  EXPECT_EQ(hosts.heard, std::vector<uint64_t>{1});
  EXPECT_TRUE(hosts.server->send(kNode, beat(2)));
}

TEST(SimNetwork, ACrashArrivesAfterWhatWasSentBefore) {
  TwoHosts hosts({.latency = 10ms});
  hosts.send(1, 3);

  hosts.client.reset();
  hosts.world.run_for(5ms);
  EXPECT_TRUE(hosts.heard.empty());
  hosts.world.run_for(1s);

  EXPECT_EQ(hosts.heard.size(), 3U);
  EXPECT_FALSE(hosts.server->send(kNode, beat(1)));
}

TEST(SimNetwork, APausedProcessHearsLaterAndInOrder) {
  TwoHosts hosts({});
  hosts.center.pause();
  hosts.send(1, 3);
  hosts.world.run_for(1s);
  ASSERT_TRUE(hosts.heard.empty());

  hosts.send(4, 5);
  hosts.center.resume();
  hosts.world.run_for(1s);

  EXPECT_EQ(hosts.heard, (std::vector<uint64_t>{1, 2, 3, 4, 5}));
}

}  // namespace
}  // namespace suan::bench
