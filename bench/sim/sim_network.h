#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/sim/sim_loop.h"
#include "catalog/wire/channel.h"

namespace suan::bench {

/// What the way between two hosts does to messages, each way alike.
///
/// Connections are TCP's: without faults nothing is lost and order is kept. The three faults
/// break that on purpose, since roles must survive what old and new connections together can do.
struct SimLink {
  Duration latency = 500us;
  Duration jitter{};       // uniform, on top
  double loss = 0;         // probability per message
  double duplication = 0;  // arrives twice
  double reordering = 0;   // overtaken by up to 10 latencies of others
  /// Factors on the latency, equally likely; null: none. Must outlive the network.
  const std::vector<float>* stretch = nullptr;
};

struct SimNetworkCounters {
  uint64_t sent = 0;
  uint64_t delivered = 0;
  uint64_t lost = 0;
  uint64_t duplicated = 0;
  uint64_t resets = 0;  // connections that ended
};

/// Makes `Channel`s between simulated processes; behaves as `ZmqChannel` does, by one contract
/// test. Every random choice comes from one seed.
///
/// Hosts are names; a link belongs to a pair of them. A message sent over a link that is cut waits
/// in its connection, which is reset when the cut lasts longer than ZeroMQ's heartbeat time-out.
/// Destroying a channel is the crash of its process: the other end learns it a latency later.
/// Threads:  the world's.
class SimNetwork {
 public:
  /// `world` must outlive the network, and the network all its channels.
  SimNetwork(SimWorld& world, uint64_t seed);
  ~SimNetwork();
  SimNetwork(const SimNetwork&) = delete;
  SimNetwork& operator=(const SimNetwork&) = delete;

  /// For pairs of hosts that are not set by name; within one host a message takes 20 us.
  void set_default_link(const SimLink& link);
  void set_link(const std::string& host, const std::string& other, const SimLink& link);

  void cut(const std::string& host, const std::string& other);
  void heal(const std::string& host, const std::string& other);
  /// Ends all connections between two hosts at once; clients connect again by themselves.
  void reset(const std::string& host, const std::string& other);

  /// As `ZmqChannel::listen`. Requires: nobody else listens on `address`.
  [[nodiscard]] std::unique_ptr<Channel> listen(SimLoop& loop,
                                                const std::string& host,
                                                const std::string& address);

  /// As `ZmqChannel::connect`: `self` is who ZAP would say that this is.
  [[nodiscard]] std::unique_ptr<Channel> connect(SimLoop& loop,
                                                 const std::string& host,
                                                 const std::string& address,
                                                 const Peer& self,
                                                 const Peer& server);

  /// The two ends of an inproc pair: `first` calls the other end `second_name`.
  [[nodiscard]] std::pair<std::unique_ptr<Channel>, std::unique_ptr<Channel>> make_pair(
      SimLoop& first, const Peer& first_name, SimLoop& second, const Peer& second_name);

  [[nodiscard]] const SimNetworkCounters& counters() const;

 private:
  class Core;
  class End;
  std::unique_ptr<Core> core_;
};

}  // namespace suan::bench
