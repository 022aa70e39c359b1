#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bench/sim/sim_network.h"
#include "catalog/types/random.h"
#include "catalog/wire/suan.pb.h"

// Only .cpp files of this folder include this header.

namespace suan::bench {

using EnvelopePtr = std::unique_ptr<v1::Envelope>;

/// The links, the connections over them, and the messages under way.
class SimNetwork::Core final : public SimTarget {
 public:
  struct Link {
    std::optional<SimLink> own;  // unset: the default
    bool is_local = false;
    bool is_cut = false;
    Time cut_since{};
  };

  /// One way of a connection.
  struct Way {
    Time arrival_last{};
    std::deque<EnvelopePtr> held;  // while the link is cut
  };

  enum class Side : uint8_t { Client, Server };

  struct Connection {
    Link* link = nullptr;
    End* client = nullptr;  // null once destroyed
    End* server = nullptr;
    Peer client_name;
    Way to_client;
    Way to_server;
    bool is_open = true;
    bool is_forgotten = false;
  };

  Core(SimWorld& world, uint64_t seed);
  ~Core() override;

  Link& link_between(const std::string& host, const std::string& other);
  [[nodiscard]] SimLink parameters(const Link& link) const;
  void cut(Link& link);
  void heal(Link& link);
  void reset(Link& link);

  // For ends.
  void add_listener(const std::string& address, End& end);
  uint32_t add_client(End& end);
  void begin_connecting(uint32_t client, Duration delay);
  uint32_t open(Link& link, End& client, End& server, const Peer& client_name);
  /// False when the way's queue is full.
  bool transmit(uint32_t connection, Side to, const v1::Envelope& message);
  void leave(End& end);
  void forget(const End& listener, const Peer& peer);

  Connection& connection(uint32_t id) { return connections_[id]; }

  Duration backoff(uint32_t attempt);

  SimLink default_link;
  SimNetworkCounters counters;

 private:
  enum class Kind : uint8_t { Deliver, Connect, Established, Gone, HeartbeatTimeout };

  struct UnderWay {
    uint32_t connection = 0;
    Side to{};
    EnvelopePtr message;
  };

  void fire(uint64_t token) override;
  void schedule(Time when, Kind kind, uint64_t number);
  bool holds(End* end, Kind kind, uint64_t number);
  void dispatch(uint32_t id, Side to, EnvelopePtr message);
  void put_under_way(Time arrival, uint32_t id, Side to, EnvelopePtr message);
  void deliver(uint64_t slot);
  void try_to_connect(uint32_t client);
  void establish(uint32_t id);
  void close(uint32_t id);
  void tell_gone(uint32_t id);

  SimWorld& world_;
  SimTargetId id_;
  Random random_;
  std::map<std::pair<std::string, std::string>, Link> links_;
  std::vector<Link*> link_numbers_;
  std::map<std::string, End*> listeners_;
  std::vector<End*> clients_;  // null once destroyed
  std::deque<Connection> connections_;
  std::vector<UnderWay> under_way_;
  std::vector<uint32_t> free_slots_;
};

/// One channel: a listening, a connecting, or a paired end.
class SimNetwork::End final : public Channel {
 public:
  enum class Kind : uint8_t { Listening, Connecting, Paired };

  End(Core& core, SimLoop& loop, Kind kind, std::string host, std::string address);
  ~End() override;

  bool send(const Peer& to, const v1::Envelope& message) override;
  void on_message(Handler handler) override;
  void on_unreachable(PeerHandler handler) override;
  void forget(const Peer& peer) override;

  // For the core.
  void take(uint32_t connection, const Peer& from, const v1::Envelope& message);
  void connected(uint32_t connection);
  void disconnected(uint32_t connection, const Peer& peer);

  Core& core;
  SimLoop& loop;
  const Kind kind;
  const std::string host;
  const std::string address;
  Peer self;   // Connecting: who the listener sees
  Peer other;  // Connecting and Paired: what the other end is called
  uint32_t number = 0;
  uint32_t attempts = 0;
  Core::Side other_side = Core::Side::Server;

 private:
  bool send_to_peer(const Peer& to, const v1::Envelope& message);
  bool send_to_other(const v1::Envelope& message);
  bool adopt(uint32_t connection, const Peer& from);
  void lose(const Peer& peer);
  void tell_lost();

  std::unordered_map<Peer, uint32_t> peers_;  // Listening
  std::optional<uint32_t> connection_;        // Connecting, Paired
  std::deque<EnvelopePtr> queue_;             // before the connection
  std::set<Peer> lost_;
  TimerId lost_timer_;
  std::shared_ptr<const Handler> handler_;
  std::shared_ptr<const PeerHandler> unreachable_handler_;
};

}  // namespace suan::bench
