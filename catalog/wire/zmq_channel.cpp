#include "catalog/wire/zmq_channel.h"

#include <cassert>
#include <utility>

#include "catalog/wire/zmq_channel_state.h"
#include "catalog/wire/zmq_options.h"

namespace suan {

ZmqChannel::ZmqChannel(std::shared_ptr<State> state) : state_(std::move(state)) {
  // A handler may destroy the channel: the reader then holds the state until it returns.
  const std::weak_ptr<State> weak = state_;
  state_->loop.watch(state_->socket->handle(), [weak] {
    if (const auto locked = weak.lock()) locked->read();
  });
  if (state_->monitor == nullptr) return;
  state_->loop.watch(state_->monitor->handle(), [weak] {
    if (const auto locked = weak.lock()) locked->read_monitor();
  });
}

ZmqChannel::~ZmqChannel() {
  state_->is_closed = true;
  state_->loop.cancel(state_->flush_timer);
  state_->loop.cancel(state_->lost_timer);
  state_->loop.unwatch(state_->socket->handle());
  if (state_->monitor == nullptr) return;
  state_->loop.unwatch(state_->monitor->handle());
  zmq_socket_monitor(state_->socket->handle(), nullptr, 0);
}

std::unique_ptr<ZmqChannel> ZmqChannel::listen(ZmqLoop& loop, const Listen& options) {
  auto state = std::make_shared<State>(loop, open_router(loop.context(), options), Peer());
  state->endpoint = state->socket->last_endpoint();
  return std::unique_ptr<ZmqChannel>(new ZmqChannel(std::move(state)));
}

std::unique_ptr<ZmqChannel> ZmqChannel::connect(ZmqLoop& loop, const Connect& options) {
  assert(options.server.is_set());
  auto state =
      std::make_shared<State>(loop, open_dealer(loop.context(), options), options.server);
  state->endpoint = options.endpoint;
  state->message_bytes_max = static_cast<size_t>(options.message_bytes_max);
  state->monitor = open_monitor(loop.context(), *state->socket);
  return std::unique_ptr<ZmqChannel>(new ZmqChannel(std::move(state)));
}

std::unique_ptr<ZmqChannel> ZmqChannel::bind_pair(ZmqLoop& loop,
                                                  const std::string& name,
                                                  Peer other) {
  assert(other.is_set());
  auto state =
      std::make_shared<State>(loop, open_pair(loop.context(), name, true), std::move(other));
  return std::unique_ptr<ZmqChannel>(new ZmqChannel(std::move(state)));
}

std::unique_ptr<ZmqChannel> ZmqChannel::connect_pair(ZmqLoop& loop,
                                                     const std::string& name,
                                                     Peer other) {
  assert(other.is_set());
  auto state =
      std::make_shared<State>(loop, open_pair(loop.context(), name, false), std::move(other));
  return std::unique_ptr<ZmqChannel>(new ZmqChannel(std::move(state)));
}

bool ZmqChannel::send(const Peer& to, const v1::Envelope& message) {
  return state_->send(to, message);
}

void ZmqChannel::on_message(Handler handler) {
  state_->handler = std::make_shared<const Handler>(std::move(handler));
}

void ZmqChannel::on_unreachable(PeerHandler handler) {
  state_->unreachable_handler = std::make_shared<const PeerHandler>(std::move(handler));
}

void ZmqChannel::forget(const Peer& peer) {
  state_->forgotten[peer] = next_stamp_us();
  state_->connections.erase(peer);
  state_->queueing.erase(peer);
}

const std::string& ZmqChannel::endpoint() const {
  return state_->endpoint;
}

const ChannelCounters& ZmqChannel::counters() const {
  return state_->counters;
}

}  // namespace suan
