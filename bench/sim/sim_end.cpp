#include "bench/sim/sim_network_core.h"

namespace suan::bench {

namespace {

constexpr size_t kQueueFramesMax = 1'024;

}  // namespace

SimNetwork::End::End(Core& the_core,
                     SimLoop& the_loop,
                     Kind the_kind,
                     std::string the_host,
                     std::string the_address)
    : core(the_core),
      loop(the_loop),
      kind(the_kind),
      host(std::move(the_host)),
      address(std::move(the_address)) {}

SimNetwork::End::~End() {
  loop.cancel(lost_timer_);
  core.leave(*this);
}

bool SimNetwork::End::send(const Peer& to, const v1::Envelope& message) {
  if (kind == Kind::Listening) return send_to_peer(to, message);
  if (to == other) return send_to_other(message);
  lose(to);
  return false;
}

bool SimNetwork::End::send_to_peer(const Peer& to, const v1::Envelope& message) {
  const auto found = peers_.find(to);
  if (found == peers_.end()) {
    lose(to);
    return false;
  }
  return core.transmit(found->second, Core::Side::Client, message);
}

bool SimNetwork::End::send_to_other(const v1::Envelope& message) {
  if (connection_) return core.transmit(*connection_, other_side, message);
  if (queue_.size() >= kQueueFramesMax) return false;
  queue_.push_back(std::make_unique<v1::Envelope>(message));
  return true;
}

void SimNetwork::End::on_message(Handler handler) {
  handler_ = std::make_shared<const Handler>(std::move(handler));
}

void SimNetwork::End::on_unreachable(PeerHandler handler) {
  unreachable_handler_ = std::make_shared<const PeerHandler>(std::move(handler));
}

void SimNetwork::End::forget(const Peer& peer) {
  peers_.erase(peer);
  core.forget(*this, peer);
}

void SimNetwork::End::take(uint32_t connection, const Peer& from, const v1::Envelope& message) {
  if (kind == Kind::Listening && !adopt(connection, from)) return;
  ++core.counters.delivered;
  const auto handler = handler_;  // it may destroy this channel
  if (handler == nullptr) return;
  loop.world().guard([&] { (*handler)(from, message); });
}

/// Notes the way to a peer that has spoken. False: this connection no longer counts.
bool SimNetwork::End::adopt(uint32_t connection, const Peer& from) {
  if (core.connection(connection).is_forgotten) return false;
  const auto [found, is_new] = peers_.try_emplace(from, connection);
  if (connection < found->second) return false;  // a newer one has spoken
  found->second = connection;
  return true;
}

void SimNetwork::End::connected(uint32_t connection) {
  connection_ = connection;
  attempts = 0;
  for (const EnvelopePtr& message : std::exchange(queue_, {}))
    send_to_other(*message);
}

void SimNetwork::End::disconnected(uint32_t connection, const Peer& peer) {
  if (kind == Kind::Listening) {
    const auto found = peers_.find(peer);
    if (found != peers_.end() && found->second == connection) peers_.erase(found);
    return;
  }
  if (connection_ != connection) return;
  connection_.reset();
  if (kind == Kind::Paired) return;
  lose(other);
  core.begin_connecting(number, core.backoff(attempts++));
}

void SimNetwork::End::lose(const Peer& peer) {
  lost_.insert(peer);
  if (!lost_timer_.is_set()) lost_timer_ = loop.at(loop.now(), [this] { tell_lost(); });
}

void SimNetwork::End::tell_lost() {
  lost_timer_ = {};
  const auto tell = unreachable_handler_;
  const std::set<Peer> lost = std::exchange(lost_, {});
  if (tell == nullptr) return;
  // From here on nothing of this object is used: a handler may destroy it.
  for (const Peer& peer : lost)
    (*tell)(peer);
}

}  // namespace suan::bench
