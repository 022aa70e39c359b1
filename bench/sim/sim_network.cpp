#include "bench/sim/sim_network.h"

#include "bench/sim/sim_network_core.h"

namespace suan::bench {

SimNetwork::SimNetwork(SimWorld& world, uint64_t seed)
    : core_(std::make_unique<Core>(world, seed)) {}

SimNetwork::~SimNetwork() = default;

void SimNetwork::set_default_link(const SimLink& link) {
  core_->default_link = link;
}

void SimNetwork::set_link(const std::string& host,
                          const std::string& other,
                          const SimLink& link) {
  core_->link_between(host, other).own = link;
}

void SimNetwork::cut(const std::string& host, const std::string& other) {
  core_->cut(core_->link_between(host, other));
}

void SimNetwork::heal(const std::string& host, const std::string& other) {
  core_->heal(core_->link_between(host, other));
}

void SimNetwork::reset(const std::string& host, const std::string& other) {
  core_->reset(core_->link_between(host, other));
}

std::unique_ptr<Channel> SimNetwork::listen(SimLoop& loop,
                                            const std::string& host,
                                            const std::string& address) {
  auto end = std::make_unique<End>(*core_, loop, End::Kind::Listening, host, address);
  core_->add_listener(address, *end);
  return end;
}

std::unique_ptr<Channel> SimNetwork::connect(SimLoop& loop,
                                             const std::string& host,
                                             const std::string& address,
                                             const Peer& self,
                                             const Peer& server) {
  auto end = std::make_unique<End>(*core_, loop, End::Kind::Connecting, host, address);
  end->self = self;
  end->other = server;
  end->number = core_->add_client(*end);
  core_->begin_connecting(end->number, Duration(0));
  return end;
}

std::pair<std::unique_ptr<Channel>, std::unique_ptr<Channel>> SimNetwork::make_pair(
    SimLoop& first, const Peer& first_name, SimLoop& second, const Peer& second_name) {
  const std::string host = "inproc";
  auto one = std::make_unique<End>(*core_, first, End::Kind::Paired, host, "");
  auto two = std::make_unique<End>(*core_, second, End::Kind::Paired, host, "");
  one->other = second_name;
  two->other = first_name;
  two->other_side = Core::Side::Client;
  const uint32_t id = core_->open(core_->link_between(host, host), *one, *two, first_name);
  one->connected(id);
  two->connected(id);
  return {std::move(one), std::move(two)};
}

const SimNetworkCounters& SimNetwork::counters() const {
  return core_->counters;
}

}  // namespace suan::bench
