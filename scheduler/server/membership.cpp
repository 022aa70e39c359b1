#include "scheduler/server/membership.h"

#include <algorithm>
#include <cassert>

namespace suan::scheduler {

NodeRecord& Membership::add(NodeRecord node) {
  const NodeId id = node.identity.node;
  NodeRecord& added = nodes_.insert_or_assign(id, std::move(node)).first->second;
  by_id_[id] = &added;
  return added;
}

NodeRecord* Membership::find(const NodeId& node) {
  const auto found = by_id_.find(node);
  return found == by_id_.end() ? nullptr : found->second;
}

const NodeRecord* Membership::find(const NodeId& node) const {
  const auto found = by_id_.find(node);
  return found == by_id_.end() ? nullptr : found->second;
}

void Membership::registered(NodeRecord& node,
                            uint64_t epoch,
                            const std::string& boot_id,
                            Time now) {
  assert(epoch > node.epoch);
  if (node.boot_id != boot_id) node.replaced_epoch = node.epoch;
  node.liveness = Liveness::Alive;
  node.epoch = epoch;
  node.boot_id = boot_id;
  node.heard_at = now;
  node.echoed_at = Time{};
  node.beat_seen = 0;
  node.is_leaving = false;
}

bool Membership::beat(NodeRecord& node, Time now) {
  node.heard_at = now;
  if (node.liveness == Liveness::Alive) return false;
  node.liveness = Liveness::Alive;
  return true;
}

std::vector<NodeChange> Membership::unreachable(const NodeId& node) {
  NodeRecord* record = find(node);
  if (record == nullptr || record->liveness != Liveness::Alive) return {};
  record->liveness = Liveness::Suspect;
  return {{node, NodeState::Suspect, record->epoch}};
}

void Membership::heard_by_gateway(const NodeId& node, Time now) {
  NodeRecord* record = find(node);
  if (record != nullptr) record->heard_by_gateway_at = now;
}

void Membership::lost(NodeRecord& node) {
  node.liveness = Liveness::Away;
  node.replicas.clear();
}

std::vector<NodeChange> Membership::expire(Time now) {
  std::vector<NodeChange> changes;
  uint32_t silent = 0;
  for (auto& [id, node] : nodes_) {
    if (!node.is_registered()) continue;
    if (now - node.heard_at <= timings_.suspect_after) continue;
    ++silent;
    if (node.liveness != Liveness::Alive) continue;
    node.liveness = Liveness::Suspect;
    changes.push_back({id, NodeState::Suspect, node.epoch});
  }
  is_braking_ = false;
  if (silent == 0) return changes;

  uint32_t registered = 0;
  count(silent, registered);
  is_braking_ = Brake::holds(silent, registered);
  for (auto& [id, node] : nodes_) {
    if (!node.is_registered() || now - node.heard_at <= timings_.lost_after) continue;
    if (!is_lost_now(node, now)) {
      if (node.liveness == Liveness::Unreachable) continue;
      node.liveness = Liveness::Unreachable;
      changes.push_back({id, NodeState::Unreachable, node.epoch});
      continue;
    }
    if (!brake_.allow_loss(silent, registered, now)) continue;
    changes.push_back({id, NodeState::Lost, node.epoch});
    lost(node);
  }
  return changes;
}

bool Membership::is_lost_now(const NodeRecord& node, Time now) const {
  const bool is_heard = node.heard_by_gateway_at != Time::min() &&
                        now - node.heard_by_gateway_at <= timings_.heard_within;
  return !is_heard || now - node.heard_at > timings_.unreachable_regrant;
}

void Membership::count(uint32_t& silent, uint32_t& registered) const {
  silent = 0;
  registered = 0;
  for (const auto& [id, node] : nodes_) {
    if (!node.is_registered()) continue;
    ++registered;
    if (node.liveness != Liveness::Alive) ++silent;
  }
}

void Membership::push_back(Duration stall, Time now) {
  for (auto& [id, node] : nodes_) {
    if (node.is_registered()) node.heard_at = std::min(now, node.heard_at + stall);
  }
}

}  // namespace suan::scheduler
