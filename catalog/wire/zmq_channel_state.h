#pragma once

// Heavy (zmq.h): only .cpp files include this header.

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/wire/peer_stamp.h"
#include "catalog/wire/zmq_channel.h"
#include "catalog/wire/zmq_socket.h"

// Only .cpp files of this folder include this header.

namespace suan {

/// The way to one peer, and what libzmq would not take yet.
struct ZmqConnection {
  std::string routing_id;  // ROUTER only
  uint64_t accepted_us = 0;
  std::deque<ZmqFrame> queue;
  size_t queue_bytes = 0;
};

/// One socket and the ways to its peers; `ZmqChannel` is its handle.
struct ZmqChannel::State : std::enable_shared_from_this<State> {
  State(ZmqLoop& the_loop, std::unique_ptr<ZmqSocket> the_socket, Peer the_other)
      : loop(the_loop), socket(std::move(the_socket)), other(std::move(the_other)) {
    if (!is_router()) connections.emplace(other, ZmqConnection{});
  }

  [[nodiscard]] bool is_router() const { return !other.is_set(); }

  // Sending.
  bool send(const Peer& to, const v1::Envelope& message);
  int send_now(const ZmqConnection& connection, ZmqFrame& frame);
  bool enqueue(const Peer& to, ZmqConnection& connection, ZmqFrame frame);
  bool flush(const Peer& to);
  void flush_all();
  void lose(const Peer& peer);
  void tell_lost();

  // Receiving.
  void read();
  void take_from_router(const std::vector<ZmqFrame>& frames);
  bool adopt(const PeerStamp& stamp, std::string_view routing_id);
  void deliver(const Peer& from, std::string_view bytes);
  void read_monitor();

  ZmqLoop& loop;
  std::unique_ptr<ZmqSocket> socket;
  std::unique_ptr<ZmqSocket> monitor;  // DEALER only
  bool is_connected = false;           // as the monitor says
  Peer other;                          // unset for a ROUTER
  std::string endpoint;
  size_t message_bytes_max = SIZE_MAX;
  std::unordered_map<Peer, ZmqConnection> connections;
  std::unordered_map<Peer, uint64_t> forgotten;  // and when
  std::set<Peer> queueing;                       // those with a queue
  std::set<Peer> lost;                           // to be told, outside of `send`
  TimerId flush_timer;
  TimerId lost_timer;
  std::shared_ptr<const Handler> handler;
  std::shared_ptr<const PeerHandler> unreachable_handler;
  ChannelCounters counters;
  bool is_closed = false;
};

}  // namespace suan
