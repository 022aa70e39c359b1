#include "node_agent/gateway_links.h"

#include <algorithm>
#include <utility>

#include "catalog/wire/convert.h"

namespace suan::node_agent {

namespace {

constexpr size_t kGatewaysMax = 64;

bool are_same(const GatewayEndpoint& a, const GatewayEndpoint& b) {
  return a.endpoint == b.endpoint && a.server_public_z85 == b.server_public_z85;
}

}  // namespace

GatewayLinks::GatewayLinks(Loop& loop,
                           GatewayConnector connect,
                           const AgentConfig& config,
                           OnMessage on_message)
    : loop_(loop),
      connect_(std::move(connect)),
      config_(config),
      on_message_(std::move(on_message)),
      first_seq_(static_cast<uint64_t>(std::max<int64_t>(to_us(loop.wall_now()), 0))) {}

GatewayLinks::~GatewayLinks() {
  loop_.cancel(hello_timer_);
}

void GatewayLinks::set(const std::vector<GatewayEndpoint>& gateways,
                       uint64_t scheduler_epoch,
                       uint64_t node_epoch) {
  scheduler_epoch_ = scheduler_epoch;
  node_epoch_ = node_epoch;
  for (const GatewayEndpoint& where : gateways) {
    const auto known = links_.find(where.gateway_id);
    if (known != links_.end() && are_same(known->second.where, where)) {
      known->second.seqs = SeqFilter();  // the gateway may have begun anew
      continue;
    }
    if (known == links_.end() && links_.size() >= kGatewaysMax) continue;
    open(where);
  }
  say_hello();
  schedule_hello();
}

bool GatewayLinks::has(const std::string& gateway_id) const {
  return links_.contains(gateway_id);
}

std::set<std::string> GatewayLinks::ids() const {
  std::set<std::string> ids;
  for (const auto& [id, link] : links_)
    ids.insert(id);
  return ids;
}

bool GatewayLinks::send(const std::string& gateway_id, v1::Envelope& message) {
  const auto found = links_.find(gateway_id);
  if (found == links_.end()) return false;
  Link& link = found->second;
  message.set_schema(kWireSchema);
  message.set_scheduler_epoch(scheduler_epoch_);
  message.set_node_epoch(node_epoch_);
  message.set_seq(link.seq + 1);
  if (!link.channel->send(Peer("gateway:" + gateway_id), message)) return false;
  ++link.seq;
  return true;
}

void GatewayLinks::open(const GatewayEndpoint& where) {
  std::unique_ptr<Channel> channel = connect_(where);
  if (channel == nullptr) return;
  channel->on_message([this, id = where.gateway_id](const Peer&, const v1::Envelope& message) {
    receive(id, message);
  });
  Link& link = links_[where.gateway_id];
  // A new connection of the same sender: its numbers go on.
  link.seq = std::max(link.seq, first_seq_);
  link.where = where;
  link.channel = std::move(channel);
  link.seqs = SeqFilter();
}

void GatewayLinks::receive(const std::string& gateway_id, const v1::Envelope& message) {
  const auto found = links_.find(gateway_id);
  if (found == links_.end()) return;
  if (!found->second.seqs.is_new(message.scheduler_epoch(), message.seq())) {
    ++repeated_;
    return;
  }
  on_message_(gateway_id, message);
}

void GatewayLinks::say_hello() {
  for (const auto& [id, link] : links_) {
    v1::Envelope message;
    message.mutable_hello()->set_boot_id(config_.boot_id);
    send(id, message);
  }
}

void GatewayLinks::schedule_hello() {
  loop_.cancel(hello_timer_);
  hello_timer_ = loop_.after(config_.hello_every, [this] {
    say_hello();
    schedule_hello();
  });
}

}  // namespace suan::node_agent
