#include "bench/sim/sim_network_core.h"

#include <algorithm>
#include <cassert>

namespace suan::bench {

namespace {

constexpr size_t kQueueFramesMax = 1'024;
constexpr Duration kHeartbeatTimeout = 6s;
constexpr Duration kReconnectFirst = 100ms;
constexpr Duration kReconnectMax = 5s;
constexpr SimLink kLocalLink{20us, 0us, 0, 0, 0};
constexpr uint32_t kKindBits = 3;

Duration part_of(Duration whole, double fraction) {
  return Duration(static_cast<int64_t>(static_cast<double>(whole.count()) * fraction));
}

}  // namespace

SimNetwork::Core::Core(SimWorld& world, uint64_t seed)
    : world_(world), id_(world.add(*this)), random_(seed) {}

SimNetwork::Core::~Core() {
  world_.remove(id_);
}

SimNetwork::Core::Link& SimNetwork::Core::link_between(const std::string& host,
                                                       const std::string& other) {
  const auto [found, is_new] = links_.try_emplace(std::minmax(host, other));
  if (is_new) {
    found->second.is_local = host == other;
    link_numbers_.push_back(&found->second);
  }
  return found->second;
}

SimLink SimNetwork::Core::parameters(const Link& link) const {
  if (link.own) return *link.own;
  return link.is_local ? kLocalLink : default_link;
}

void SimNetwork::Core::cut(Link& link) {
  if (link.is_cut) return;
  link.is_cut = true;
  link.cut_since = world_.now();
  const auto number = std::find(link_numbers_.begin(), link_numbers_.end(), &link);
  schedule(world_.now() + kHeartbeatTimeout, Kind::HeartbeatTimeout,
           static_cast<uint64_t>(number - link_numbers_.begin()));
}

void SimNetwork::Core::heal(Link& link) {
  link.is_cut = false;
  for (uint32_t id = 0; id < connections_.size(); ++id) {
    Connection& one = connections_[id];
    if (one.link != &link || !one.is_open) continue;
    for (auto& message : std::exchange(one.to_server.held, {})) {
      dispatch(id, Side::Server, std::move(message));
    }
    for (auto& message : std::exchange(one.to_client.held, {})) {
      dispatch(id, Side::Client, std::move(message));
    }
    if (one.client == nullptr || one.server == nullptr) close(id);
  }
}

void SimNetwork::Core::reset(Link& link) {
  for (uint32_t id = 0; id < connections_.size(); ++id) {
    if (connections_[id].link == &link && connections_[id].is_open) tell_gone(id);
  }
}

void SimNetwork::Core::add_listener(const std::string& address, End& end) {
  const bool is_free = listeners_.emplace(address, &end).second;
  assert(is_free);
  (void)is_free;
}

uint32_t SimNetwork::Core::add_client(End& end) {
  clients_.push_back(&end);
  return static_cast<uint32_t>(clients_.size() - 1);
}

void SimNetwork::Core::begin_connecting(uint32_t client, Duration delay) {
  schedule(world_.now() + delay, Kind::Connect, client);
}

Duration SimNetwork::Core::backoff(uint32_t attempt) {
  const Duration full =
      std::min(kReconnectMax, kReconnectFirst * (1U << std::min(attempt, 10U)));
  return full + part_of(kReconnectFirst, random_.uniform());
}

uint32_t SimNetwork::Core::open(Link& link, End& client, End& server, const Peer& client_name) {
  connections_.push_back({&link, &client, &server, client_name, {}, {}});
  return static_cast<uint32_t>(connections_.size() - 1);
}

void SimNetwork::Core::forget(const End& listener, const Peer& peer) {
  for (Connection& one : connections_) {
    if (one.server == &listener && one.client_name == peer) one.is_forgotten = true;
  }
}

bool SimNetwork::Core::transmit(uint32_t id, Side to, const v1::Envelope& message) {
  Connection& one = connections_[id];
  Way& way = to == Side::Server ? one.to_server : one.to_client;
  if (one.link->is_cut && way.held.size() >= kQueueFramesMax) return false;
  ++counters.sent;
  auto copy = std::make_unique<v1::Envelope>(message);
  if (one.link->is_cut) {
    way.held.push_back(std::move(copy));
  } else {
    dispatch(id, to, std::move(copy));
  }
  return true;
}

/// Decides when a message arrives, if at all.
void SimNetwork::Core::dispatch(uint32_t id, Side to, EnvelopePtr message) {
  Connection& one = connections_[id];
  Way& way = to == Side::Server ? one.to_server : one.to_client;
  const SimLink link = parameters(*one.link);
  if (link.loss > 0 && random_.uniform() < link.loss) {
    ++counters.lost;
    return;
  }
  Time arrival = world_.now() + link.latency;
  if (link.stretch != nullptr) {
    const double factor = (*link.stretch)[random_.below(link.stretch->size())];
    arrival += part_of(link.latency, factor - 1);
  }
  if (link.jitter > 0us) arrival += part_of(link.jitter, random_.uniform());
  if (link.duplication > 0 && random_.uniform() < link.duplication) {
    ++counters.duplicated;
    const Time again = arrival + part_of(link.latency, random_.uniform());
    put_under_way(again, id, to, std::make_unique<v1::Envelope>(*message));
  }
  if (link.reordering > 0 && random_.uniform() < link.reordering) {
    arrival += part_of(10 * link.latency, random_.uniform());
  } else {
    arrival = std::max(arrival, way.arrival_last);
    way.arrival_last = arrival;
  }
  put_under_way(arrival, id, to, std::move(message));
}

void SimNetwork::Core::put_under_way(Time arrival, uint32_t id, Side to, EnvelopePtr message) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<uint32_t>(under_way_.size()));
    under_way_.emplace_back();
  }
  const uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  under_way_[slot] = {id, to, std::move(message)};
  schedule(arrival, Kind::Deliver, slot);
}

void SimNetwork::Core::schedule(Time when, Kind kind, uint64_t number) {
  world_.schedule(when, id_, (number << kKindBits) | static_cast<uint64_t>(kind));
}

void SimNetwork::Core::fire(uint64_t token) {
  const uint64_t number = token >> kKindBits;
  switch (static_cast<Kind>(token & ((1U << kKindBits) - 1))) {
    case Kind::Deliver:
      return deliver(number);
    case Kind::Connect:
      return try_to_connect(static_cast<uint32_t>(number));
    case Kind::Established:
      return establish(static_cast<uint32_t>(number));
    case Kind::Gone:
      return tell_gone(static_cast<uint32_t>(number));
    case Kind::HeartbeatTimeout: {
      Link& link = *link_numbers_[number];
      if (link.is_cut && link.cut_since + kHeartbeatTimeout <= world_.now()) reset(link);
    }
  }
}

/// True when the end's process is paused, and will get the event when it goes on.
bool SimNetwork::Core::holds(End* end, Kind kind, uint64_t number) {
  if (end == nullptr || !end->loop.is_paused()) return false;
  end->loop.hold(id_, (number << kKindBits) | static_cast<uint64_t>(kind));
  return true;
}

void SimNetwork::Core::deliver(uint64_t slot) {
  const uint32_t id = under_way_[slot].connection;
  const Side to = under_way_[slot].to;
  Connection& one = connections_[id];
  End* end = to == Side::Server ? one.server : one.client;
  if (holds(end, Kind::Deliver, slot)) return;

  const EnvelopePtr message = std::move(under_way_[slot].message);
  free_slots_.push_back(static_cast<uint32_t>(slot));
  if (!one.is_open || end == nullptr) return;
  end->take(id, to == Side::Server ? one.client_name : end->other, *message);
}

void SimNetwork::Core::try_to_connect(uint32_t client) {
  End* end = clients_[client];
  if (end == nullptr || holds(end, Kind::Connect, client)) return;
  const auto listener = listeners_.find(end->address);
  if (listener != listeners_.end()) {
    Link& link = link_between(end->host, listener->second->host);
    if (!link.is_cut) {
      const uint32_t id = open(link, *end, *listener->second, end->self);
      // TCP's and CURVE's handshakes take two round trips before the first message.
      return schedule(world_.now() + 4 * parameters(link).latency, Kind::Established, id);
    }
  }
  begin_connecting(client, backoff(end->attempts++));
}

void SimNetwork::Core::establish(uint32_t id) {
  Connection& one = connections_[id];
  if (one.client == nullptr || !one.is_open) return;
  if (holds(one.client, Kind::Established, id)) return;
  one.client->connected(id);
}

/// Removes an end that is destroyed. The other ends of its connections learn it a latency later.
void SimNetwork::Core::leave(End& end) {
  if (end.kind == End::Kind::Listening) listeners_.erase(end.address);
  if (end.kind == End::Kind::Connecting) clients_[end.number] = nullptr;
  for (uint32_t id = 0; id < connections_.size(); ++id) {
    Connection& one = connections_[id];
    if (one.client != &end && one.server != &end) continue;
    (one.client == &end ? one.client : one.server) = nullptr;
    if (one.is_open && !one.link->is_cut) close(id);
  }
}

/// Sends the end of a connection after all that was sent on it.
void SimNetwork::Core::close(uint32_t id) {
  const Connection& one = connections_[id];
  const Way& way = one.client == nullptr ? one.to_server : one.to_client;
  const Time arrival = world_.now() + parameters(*one.link).latency;
  schedule(std::max(arrival, way.arrival_last), Kind::Gone, id);
}

void SimNetwork::Core::tell_gone(uint32_t id) {
  Connection& one = connections_[id];
  if (!one.is_open) return;
  if (holds(one.client, Kind::Gone, id) || holds(one.server, Kind::Gone, id)) return;
  one.is_open = false;
  one.to_client.held.clear();
  one.to_server.held.clear();
  ++counters.resets;
  if (one.server != nullptr) one.server->disconnected(id, one.client_name);
  if (one.client != nullptr) one.client->disconnected(id, one.client->other);
}

}  // namespace suan::bench
