#include "catalog/wire/zmq_options.h"

#include <atomic>
#include <cstring>
#include <stdexcept>

#include <fmt/core.h>

namespace suan {

namespace {

// libzmq's marks count messages per connection; they stay small, since what waits there cannot
// be counted or taken back. The channel's own queues hold the rest.
constexpr int kHighWater = 64;
constexpr int kPairHighWater = 1000;  // between threads of one process
constexpr int kHeartbeatMs = 2'000;
constexpr int kHeartbeatTimeoutMs = 6'000;
constexpr int kReconnectMs = 100;
constexpr int kReconnectMaxMs = 5'000;
constexpr int kBacklog = 1'024;  // a whole network may come back at once

template <class Options>
void bound(ZmqSocket& socket, const Options& options) {
  const auto handshake =
      std::chrono::duration_cast<std::chrono::milliseconds>(options.handshake_timeout);
  socket.set(ZMQ_SNDHWM, kHighWater);
  socket.set(ZMQ_RCVHWM, kHighWater);
  socket.set(ZMQ_MAXMSGSIZE, options.message_bytes_max);
  socket.set(ZMQ_HANDSHAKE_IVL, static_cast<int>(handshake.count()));
  socket.set(ZMQ_HEARTBEAT_IVL, kHeartbeatMs);
  socket.set(ZMQ_HEARTBEAT_TIMEOUT, kHeartbeatTimeoutMs);
}

}  // namespace

std::unique_ptr<ZmqSocket> open_router(ZmqContext& context, const ZmqChannel::Listen& options) {
  auto socket = std::make_unique<ZmqSocket>(context.handle(), ZMQ_ROUTER);
  bound(*socket, options);
  socket->set(ZMQ_ROUTER_MANDATORY, 1);  // else what cannot be sent vanishes silently
  socket->set(ZMQ_BACKLOG, kBacklog);
  socket->set(ZMQ_CURVE_SERVER, 1);
  socket->set(ZMQ_CURVE_SECRETKEY, options.keys.secret_z85);
  // Without a ZAP handler libzmq would let everybody in; but then frames have no User-Id, and
  // the channel drops those.
  socket->set(ZMQ_ZAP_DOMAIN, options.domain);
  socket->bind(options.endpoint);
  return socket;
}

std::unique_ptr<ZmqSocket> open_dealer(ZmqContext& context,
                                       const ZmqChannel::Connect& options) {
  auto socket = std::make_unique<ZmqSocket>(context.handle(), ZMQ_DEALER);
  bound(*socket, options);
  socket->set(ZMQ_IMMEDIATE, 1);  // what was sent on a lost connection does not reach the next
  socket->set(ZMQ_RECONNECT_IVL, kReconnectMs);
  socket->set(ZMQ_RECONNECT_IVL_MAX, kReconnectMaxMs);
  socket->set(ZMQ_CURVE_SERVERKEY, options.server_public_z85);
  socket->set(ZMQ_CURVE_PUBLICKEY, options.keys.public_z85);
  socket->set(ZMQ_CURVE_SECRETKEY, options.keys.secret_z85);
  socket->connect(options.endpoint);
  return socket;
}

std::unique_ptr<ZmqSocket> open_pair(ZmqContext& context, const std::string& name, bool binds) {
  auto socket = std::make_unique<ZmqSocket>(context.handle(), ZMQ_PAIR);
  socket->set(ZMQ_SNDHWM, kPairHighWater);
  socket->set(ZMQ_RCVHWM, kPairHighWater);
  const std::string endpoint = "inproc://" + name;
  binds ? socket->bind(endpoint) : socket->connect(endpoint);
  return socket;
}

MonitorEvent read_event(const std::vector<ZmqFrame>& frames) {
  uint16_t event = 0;  // in the machine's byte order, then a number and the address
  if (frames.front().size() < sizeof event) return MonitorEvent::Other;
  std::memcpy(&event, frames.front().bytes().data(), sizeof event);
  if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) return MonitorEvent::Connected;
  return event == ZMQ_EVENT_DISCONNECTED ? MonitorEvent::Disconnected : MonitorEvent::Other;
}

std::unique_ptr<ZmqSocket> open_monitor(ZmqContext& context, ZmqSocket& watched) {
  static std::atomic<uint64_t> count = 0;
  const std::string endpoint = fmt::format("inproc://suan.monitor.{}", ++count);
  constexpr int kEvents = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED;
  if (zmq_socket_monitor(watched.handle(), endpoint.c_str(), kEvents) != 0) {
    throw std::runtime_error(fmt::format("cannot watch a socket: {}", zmq_strerror(errno)));
  }
  auto socket = std::make_unique<ZmqSocket>(context.handle(), ZMQ_PAIR);
  socket->connect(endpoint);
  return socket;
}

}  // namespace suan
