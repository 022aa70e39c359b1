#include "catalog/wire/zmq_channel_state.h"

#include <cerrno>
#include <utility>

#include "catalog/wire/convert.h"
#include "catalog/wire/zmq_options.h"

namespace suan {

namespace {

constexpr size_t kQueueFramesMax = 1'024;
constexpr size_t kQueueBytesMax = 16U << 20U;
constexpr size_t kPeersMax = 16'384;
constexpr int kMessagesPerTurn = 256;  // so that timers are not starved
constexpr Duration kFlushEvery = 1ms;

ZmqFrame serialized(const v1::Envelope& message) {
  ZmqFrame frame = ZmqFrame::of_size(message.ByteSizeLong());
  message.SerializeToArray(frame.data(), static_cast<int>(frame.size()));
  return frame;
}

}  // namespace

bool ZmqChannel::State::send(const Peer& to, const v1::Envelope& message) {
  const auto found = connections.find(to);
  if (found == connections.end()) {
    lose(to);
    return false;
  }
  ZmqConnection& connection = found->second;
  ZmqFrame frame = serialized(message);
  if (frame.size() > message_bytes_max) {
    ++counters.too_large;  // the other end would cut the connection
    return false;
  }
  if (!connection.queue.empty()) return enqueue(to, connection, std::move(frame));

  const int error = send_now(connection, frame);
  if (error == EAGAIN) return enqueue(to, connection, std::move(frame));
  if (error != 0) {
    lose(to);
    return false;
  }
  ++counters.sent;
  return true;
}

int ZmqChannel::State::send_now(const ZmqConnection& connection, ZmqFrame& frame) {
  if (is_router()) {
    ZmqFrame routing_id(connection.routing_id);
    const int error = socket->send(routing_id, true);
    if (error != 0) return error;
  }
  return socket->send(frame);
}

bool ZmqChannel::State::enqueue(const Peer& to, ZmqConnection& connection, ZmqFrame frame) {
  if (connection.queue.size() >= kQueueFramesMax ||
      connection.queue_bytes + frame.size() > kQueueBytesMax) {
    ++counters.queue_full;
    return false;
  }
  connection.queue_bytes += frame.size();
  connection.queue.push_back(std::move(frame));
  queueing.insert(to);
  if (!flush_timer.is_set()) flush_timer = loop.after(kFlushEvery, [this] { flush_all(); });
  return true;
}

void ZmqChannel::State::flush_all() {
  flush_timer = {};
  const std::set<Peer> peers = std::exchange(queueing, {});
  for (const Peer& peer : peers) {
    if (!flush(peer)) queueing.insert(peer);
  }
  if (!queueing.empty()) flush_timer = loop.after(kFlushEvery, [this] { flush_all(); });
}

/// True when nothing waits for `to` any more.
bool ZmqChannel::State::flush(const Peer& to) {
  const auto found = connections.find(to);
  if (found == connections.end()) return true;
  ZmqConnection& connection = found->second;
  while (!connection.queue.empty()) {
    ZmqFrame& frame = connection.queue.front();
    const size_t bytes = frame.size();
    const int error = send_now(connection, frame);
    if (error == EAGAIN) return false;
    if (error != 0) {
      lose(to);
      return true;
    }
    ++counters.sent;
    connection.queue_bytes -= bytes;
    connection.queue.pop_front();
  }
  return true;
}

/// Forgets the way to `peer`, and tells so soon: never from inside `send`, whose caller may be
/// in the middle of a change.
void ZmqChannel::State::lose(const Peer& peer) {
  ++counters.unreachable;
  if (is_router()) connections.erase(peer);
  lost.insert(peer);
  if (!lost_timer.is_set()) lost_timer = loop.at(loop.now(), [this] { tell_lost(); });
}

void ZmqChannel::State::tell_lost() {
  const auto self = shared_from_this();  // a handler may destroy the channel
  lost_timer = {};
  const auto tell = unreachable_handler;
  if (tell == nullptr) return lost.clear();
  while (!lost.empty() && !is_closed) {
    const Peer peer = lost.extract(lost.begin()).value();
    (*tell)(peer);
  }
}

void ZmqChannel::State::read() {
  for (int i = 0; i < kMessagesPerTurn && !is_closed; ++i) {
    const auto frames = socket->receive();
    if (!frames) return;
    if (is_router()) {
      take_from_router(*frames);
    } else if (frames->size() != 1) {
      ++counters.malformed;
    } else {
      deliver(other, frames->front().bytes());
    }
  }
}

void ZmqChannel::State::take_from_router(const std::vector<ZmqFrame>& frames) {
  if (frames.size() != 2) {
    ++counters.malformed;
    return;
  }
  const auto stamp = parse_user_id(frames[1].user_id());
  if (!stamp || !adopt(*stamp, frames[0].bytes())) {
    ++counters.unauthenticated;
    return;
  }
  deliver(stamp->peer, frames[1].bytes());
}

/// Notes the way to a peer that has spoken. False: this connection no longer counts.
bool ZmqChannel::State::adopt(const PeerStamp& stamp, std::string_view routing_id) {
  const auto when = forgotten.find(stamp.peer);
  if (when != forgotten.end() && stamp.accepted_us <= when->second) return false;
  if (connections.size() >= kPeersMax && !connections.contains(stamp.peer)) return false;

  ZmqConnection& connection = connections[stamp.peer];
  if (stamp.accepted_us < connection.accepted_us) return false;  // a newer one has spoken
  if (stamp.accepted_us > connection.accepted_us) {
    // What waits was for the connection before, and means nothing on this one.
    connection = ZmqConnection{std::string(routing_id), stamp.accepted_us, {}, 0};
  }
  return true;
}

void ZmqChannel::State::deliver(const Peer& from, std::string_view bytes) {
  const auto envelope = decode_envelope(bytes);
  if (!envelope) {
    ++counters.malformed;
    return;
  }
  if (envelope->body_case() == v1::Envelope::BODY_NOT_SET) {
    ++counters.unknown_kind;
    return;
  }
  ++counters.received;
  const auto take = handler;
  if (take != nullptr) (*take)(from, *envelope);
}

/// What waited for a connection that was lost means nothing on the next one. Attempts that never
/// got through the handshake lose nothing: the first messages wait for the first success.
void ZmqChannel::State::read_monitor() {
  while (const auto frames = monitor->receive()) {
    const MonitorEvent event = read_event(*frames);
    if (event == MonitorEvent::Connected) is_connected = true;
    if (event != MonitorEvent::Disconnected || !is_connected) continue;
    is_connected = false;
    ZmqConnection& connection = connections.at(other);
    connection.queue.clear();
    connection.queue_bytes = 0;
    lose(other);
  }
}

}  // namespace suan
