// How a plan becomes true: slots granted and taken back.

#include <algorithm>
#include <map>
#include <utility>

#include "scheduler/server/deployer.h"

namespace suan::scheduler {

namespace {

constexpr uint32_t kLoadsPerSite = 2;  // at a time, of models that follow demand
constexpr Duration kDwell = 10min;     // so long a replica stays that nothing has to replace
// Weights, their caches and what else a process needs.
constexpr uint64_t kReplicaExtraBytes = 64ULL << 20;

uint64_t replica_bytes(const DepotModel& model) {
  return model.weight_bytes + model.weight_bytes / 4 + kReplicaExtraBytes;
}

}  // namespace

uint64_t Deployer::memory_for(const ModelId& model) const {
  const auto known = parts_.catalog.models.find(model);
  return known == parts_.catalog.models.end() ? 0 : replica_bytes(known->second.about);
}

bool Deployer::apply(const Plan& plan, Time now) {
  bool has_changed = false;
  for (const PlanReplica& unload : plan.unloads) {
    const Slot* slot = slot_of(unload.node, unload.model);
    if (slot == nullptr || !may_unload(*slot, plan, now)) continue;
    to_tell_.insert(unload.node);
    remove(slot->replica);
    has_changed = true;
  }
  std::map<SiteId, uint32_t> loads = loads_under_way();
  for (const PlanReplica& load : plan.loads) {
    const NodeRecord* node = parts_.membership.find(load.node);
    if (node == nullptr || !may_hold(*node)) continue;  // gone while the plan was made
    if (follows_demand(load.model) &&
        (!has_memory_for(load) || loads[node->identity.site]++ >= kLoadsPerSite)) {
      continue;  // the next plan will want it again
    }
    has_changed |= grant(load.node, load.model, now);
  }
  return has_changed;
}

/// Of models that follow demand: replicas at each site that do not serve yet.
std::map<SiteId, uint32_t> Deployer::loads_under_way() const {
  std::map<SiteId, uint32_t> loads;
  for (const auto& [id, slot] : slots_) {
    const bool is_loading =
        slot.state == ReplicaState::Wanted || slot.state == ReplicaState::Loading;
    const NodeRecord* node = parts_.membership.find(slot.node);
    if (node != nullptr && is_loading && follows_demand(slot.model))
      ++loads[node->identity.site];
  }
  return loads;
}

/// A model that follows demand moves in two steps: first all that is planned serves, then the rest
/// goes. What has just been loaded stays a while, unless another model is to take its room.
bool Deployer::may_unload(const Slot& slot, const Plan& plan, Time now) const {
  if (!follows_demand(slot.model)) return true;
  for (const PlanReplica& planned : plan.replicas) {
    if (planned.model != slot.model) continue;
    const Slot* other = slot_of(planned.node, planned.model);
    if (other == nullptr || other->state != ReplicaState::Ready) return false;
  }
  const bool is_replaced =
      std::ranges::find(plan.loads, slot.node, &PlanReplica::node) != plan.loads.end();
  return is_replaced || slot.granted_at == Time::min() || now - slot.granted_at >= kDwell;
}

/// Beside all that the node still holds.
bool Deployer::has_memory_for(const PlanReplica& load) const {
  const NodeRecord* node = parts_.membership.find(load.node);
  uint64_t needed = memory_for(load.model);
  for (const ReplicaId& replica : slots_on(load.node))
    needed += memory_for(slots_.at(replica).model);
  return node != nullptr && needed <= node->hardware.memory_bytes;
}

bool Deployer::grant(const NodeId& node, const ModelId& model, Time now) {
  const auto deployment = deployments_.find(model);
  if (deployment == deployments_.end() || slot_of(node, model) != nullptr) return false;
  const std::optional<uint64_t> number = parts_.epochs.next();
  const std::optional<uint64_t> lease = parts_.epochs.next();
  if (!number || !lease) {
    is_plan_due_ = true;  // when the store gives numbers again
    return false;
  }
  Slot slot{.replica = ReplicaId(*number),
            .deployment_id = deployment->second.deployment_id,
            .node = node,
            .model = model,
            .lease_epoch = *lease,
            .granted_at = now};
  save(put(std::move(slot)));
  to_tell_.insert(node);
  return true;
}

}  // namespace suan::scheduler
