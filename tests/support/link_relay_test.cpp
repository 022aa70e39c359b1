#include "tests/support/link_relay.h"

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/delayed_line.h"

namespace suan {
namespace {

using Clock = std::chrono::steady_clock;

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

/// Sends back whatever comes, one connection after the other.
class EchoServer {
 public:
  EchoServer() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = loopback(0);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::jthread([this] { serve(); });
  }

  ~EchoServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

  uint16_t port = 0;

 private:
  void serve() const {
    while (true) {
      const int client = accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      std::vector<char> bytes(64U << 10U);
      ssize_t got = 0;
      while ((got = recv(client, bytes.data(), bytes.size(), 0)) > 0) {
        if (send(client, bytes.data(), static_cast<size_t>(got), MSG_NOSIGNAL) < got) break;
      }
      close(client);
    }
  }

  int listener_;
  std::jthread thread_;
};

class Client {
 public:
  explicit Client(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in address = loopback(port);
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }

  ~Client() { close(fd_); }

  void say(const std::string& bytes) const {
    EXPECT_EQ(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  /// Up to `count` bytes; fewer at the end of the connection; nothing when `limit` passes.
  [[nodiscard]] std::optional<std::string> hear(size_t count, int limit_ms = 5'000) const {
    std::string heard;
    while (heard.size() < count) {
      pollfd ready{fd_, POLLIN, 0};
      if (poll(&ready, 1, limit_ms) <= 0) return std::nullopt;
      std::vector<char> bytes(count - heard.size());
      const ssize_t got = recv(fd_, bytes.data(), bytes.size(), 0);
      if (got <= 0) return heard;
      heard.append(bytes.data(), static_cast<size_t>(got));
    }
    return heard;
  }

 private:
  int fd_;
};

LinkRelayConfig to(const EchoServer& server) {
  LinkRelayConfig config;
  config.target_port = server.port;
  return config;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

TEST(LinkRelay, AddsItsDelayToEachWay) {
  EchoServer server;
  LinkRelayConfig config = to(server);
  config.up.delay = 30ms;
  config.down.delay = 20ms;
  const LinkRelay relay(config);
  const Client client(relay.port());
  double fastest = 1e9;

  for (int i = 0; i < 5; ++i) {
    const auto start = Clock::now();
    client.say("ping");
    ASSERT_EQ(client.hear(4), "ping");
    fastest = std::min(fastest, seconds_since(start));
  }

  EXPECT_GE(fastest, 0.050);
  EXPECT_LT(fastest, 0.075);  // the fastest of five: a busy machine delays some, not all
}

TEST(LinkRelay, CarriesALotUnharmed) {
  EchoServer server;
  LinkRelayConfig config = to(server);
  config.up.delay = 1ms;
  const LinkRelay relay(config);
  const Client client(relay.port());
  std::string sent;
  for (int i = 0; i < 300'000; ++i)
    sent += static_cast<char>('a' + i % 23);

  std::jthread writer([&] { client.say(sent); });

  EXPECT_EQ(client.hear(sent.size()), sent);
  EXPECT_EQ(relay.counters().bytes_up, sent.size());
  EXPECT_EQ(relay.counters().bytes_down, sent.size());
}

TEST(LinkRelay, CutEndsConnectionsAndTakesNewOnes) {
  EchoServer server;
  LinkRelay relay(to(server));
  const Client before(relay.port());
  before.say("a");
  ASSERT_EQ(before.hear(1), "a");

  relay.cut();

  EXPECT_EQ(before.hear(1), "");
  const Client after(relay.port());
  after.say("b");
  EXPECT_EQ(after.hear(1), "b");
}

TEST(LinkRelay, ADownLineRefusesUntilItIsUpAgain) {
  EchoServer server;
  LinkRelay relay(to(server));
  relay.refuse(true);
  EXPECT_EQ(Client(relay.port()).hear(1), "");

  relay.refuse(false);

  const Client client(relay.port());
  client.say("b");
  EXPECT_EQ(client.hear(1), "b");
}

TEST(LinkRelay, AStallHoldsBytesBackAndLosesNone) {
  EchoServer server;
  LinkRelay relay(to(server));
  const Client client(relay.port());
  relay.stall(true);

  client.say("kept");

  EXPECT_EQ(client.hear(1, 100), std::nullopt);
  relay.stall(false);
  EXPECT_EQ(client.hear(4), "kept");
}

TEST(LinkRelay, FlipsAboutAsManyBitsAsAsked) {
  EchoServer server;
  LinkRelayConfig config = to(server);
  config.up.flips_per_mib = 1'000;
  const LinkRelay relay(config);
  const Client client(relay.port());
  const std::string sent(100'000, 'x');

  client.say(sent);

  const auto heard = client.hear(sent.size());
  ASSERT_TRUE(heard);
  size_t changed = 0;
  for (size_t i = 0; i < sent.size(); ++i)
    changed += (*heard)[i] != sent[i] ? 1 : 0;
  EXPECT_GT(changed, 50U);  // 95 expected
  EXPECT_LT(changed, 160U);
}

TEST(DelayedLine, KeepsOrderUnderJitterAndRepeatsItFromItsSeed) {
  LinkDirection direction;
  direction.delay = 10ms;
  direction.jitter = 10ms;
  const auto times = [&] {
    DelayedLine line(direction, 7);
    for (int i = 0; i < 20; ++i)
      line.push(Time(1ms * i), "x");
    std::vector<Time> due;
    while (line.next_due()) {
      due.push_back(*line.next_due());
      line.consume(1);
    }
    return due;
  };

  const auto first = times();

  EXPECT_TRUE(std::ranges::is_sorted(first));
  EXPECT_GE(first.front(), Time(10ms));
  EXPECT_LE(first.back(), Time(39ms));
  EXPECT_EQ(first, times());
}

TEST(DelayedLine, ANarrowLineSendsOneAfterTheOther) {
  LinkDirection direction;
  direction.bandwidth_mbit_s = 8;  // 1 byte/us
  DelayedLine line(direction, 1);

  line.push(Time(0us), std::string(1'000, 'a'));
  line.push(Time(0us), std::string(500, 'b'));

  EXPECT_EQ(line.ready(Time(999us)), "");
  EXPECT_EQ(line.ready(Time(1'000us)).size(), 1'000U);
  line.consume(1'000);
  EXPECT_EQ(*line.next_due(), Time(1'500us));
}

}  // namespace
}  // namespace suan
