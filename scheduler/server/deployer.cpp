#include "scheduler/server/deployer.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "catalog/store/model_tables.h"

namespace suan::scheduler {

namespace {

constexpr Duration kPlanEvery = 60s;  // even if nothing is known to have changed
// Weights, their caches and what else a process needs.
constexpr uint64_t kReplicaExtraBytes = 64ULL << 20;

uint64_t replica_bytes(const DepotModel& model) {
  return model.weight_bytes + model.weight_bytes / 4 + kReplicaExtraBytes;
}

}  // namespace

void Deployer::restore(std::vector<Deployment> deployments, std::vector<Slot> slots, Time now) {
  started_at_ = now;
  for (Deployment& deployment : deployments) {
    const ModelId model = deployment.model;
    deployments_.insert_or_assign(model, std::move(deployment));
  }
  for (Slot& slot : slots) {
    if (!deployments_.contains(slot.model)) continue;
    awaited_.insert(slot.node);
    slot.state = ReplicaState::Wanted;  // until its node tells
    put(std::move(slot));
  }
  awaited_at_start_ = awaited_.size();
}

Result<Deployment> Deployer::deploy(Deployment wish, Time now) {
  if (!parts_.catalog.models.contains(wish.model)) {
    return fail_param(ErrorCode::NotFound, "model", "no node has a model {} in its depot",
                      wish.model.value());
  }
  const auto existing = deployments_.find(wish.model);
  if (existing != deployments_.end()) {
    wish.deployment_id = existing->second.deployment_id;
    wish.created = existing->second.created;
  }
  deployments_.insert_or_assign(wish.model, wish);
  planned_at_ = now - kPlanEvery;
  plan_soon();
  return wish;
}

Result<void> Deployer::retire(const ModelId& model, Time now) {
  if (deployments_.erase(model) == 0) {
    return fail_param(ErrorCode::NotFound, "model", "model {} is not deployed", model.value());
  }
  planned_at_ = now - kPlanEvery;
  plan_soon();
  return {};
}

bool Deployer::turn(Time now) {
  bool has_changed = retry_failed(now);
  if (settle(now) && (is_plan_due_ || now - planned_at_ >= kPlanEvery)) {
    is_plan_due_ = false;
    planned_at_ = now;
    plan_ = scheduler::plan(input());
    has_changed |= apply(plan_);
  }
  return has_changed;
}

void Deployer::tell(Time now) {
  if (to_tell_.empty()) return;
  for (const NodeId& id : std::exchange(to_tell_, {})) {
    NodeRecord* node = parts_.membership.find(id);
    if (node != nullptr && node->is_registered()) send_desired(*node, now);
  }
}

bool Deployer::settle(Time now) {
  if (is_settled_) return true;
  const bool are_back = awaited_.size() * 20 <= awaited_at_start_;
  is_settled_ = are_back || now - started_at_ >= timings_.settle;
  if (is_settled_) {
    // What has not come back may be granted elsewhere.
    for (const NodeId& node : std::exchange(awaited_, {}))
      node_over(node);
  }
  return is_settled_;
}

bool Deployer::may_hold(const NodeRecord& node) const {
  const bool is_kept =
      node.identity.is_approved && !node.identity.is_revoked && !node.identity.is_drained;
  return is_kept && node.is_registered() && !node.is_leaving;
}

PlanInput Deployer::input() const {
  PlanInput input;
  for (const auto& [id, node] : parts_.membership.nodes()) {
    if (!may_hold(node)) continue;
    PlanNode& added = input.nodes.emplace_back();
    added.node = id;
    added.site = node.identity.site;
    added.memory_bytes = node.hardware.memory_bytes;
    for (const DepotModel& model : node.depot) {
      const auto known = parts_.catalog.models.find(model.model);
      const bool is_same =
          known != parts_.catalog.models.end() && known->second.about.digest == model.digest;
      if (is_same) added.models.push_back(model.model);
    }
  }
  std::vector<const Deployment*> oldest_first;
  for (const auto& [model, deployment] : deployments_)
    oldest_first.push_back(&deployment);
  std::stable_sort(oldest_first.begin(), oldest_first.end(),
                   [](const auto* a, const auto* b) { return a->created < b->created; });
  for (const Deployment* deployment : oldest_first) {
    PlanDeployment& added = input.deployments.emplace_back();
    added.model = deployment->model;
    added.sites = deployment->sites;
    if (deployment->replicas_max > 0) added.replicas_max = deployment->replicas_max;
    const auto known = parts_.catalog.models.find(deployment->model);
    if (known != parts_.catalog.models.end()) {
      added.memory_bytes = replica_bytes(known->second.about);
    }
  }
  for (const auto& [id, slot] : slots_)
    input.present.push_back({slot.node, slot.model});
  return input;
}

bool Deployer::apply(const Plan& plan) {
  bool has_changed = false;
  for (const PlanReplica& unload : plan.unloads) {
    const Slot* slot = slot_of(unload.node, unload.model);
    if (slot == nullptr) continue;
    to_tell_.insert(unload.node);
    remove(slot->replica);
    has_changed = true;
  }
  for (const PlanReplica& load : plan.loads)
    has_changed |= grant(load.node, load.model);
  return has_changed;
}

bool Deployer::grant(const NodeId& node, const ModelId& model) {
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
            .lease_epoch = *lease};
  save(put(std::move(slot)));
  to_tell_.insert(node);
  return true;
}

void Deployer::node_over(const NodeId& node) {
  const std::set<ReplicaId> gone = slots_on(node);
  for (const ReplicaId& replica : gone)
    remove(replica);
  told_at_.erase(node);
  is_plan_due_ = true;
}

Slot& Deployer::put(Slot slot) {
  by_node_[slot.node].insert(slot.replica);
  return slots_.insert_or_assign(slot.replica, std::move(slot)).first->second;
}

void Deployer::save(const Slot& slot) {
  suan::ReplicaRow row{.replica = slot.replica,
                       .deployment_id = slot.deployment_id,
                       .node = slot.node,
                       .model = slot.model,
                       .lease_epoch = slot.lease_epoch,
                       .state = slot.state};
  parts_.outbox.write(
      [row = std::move(row)](Database& database) { ModelTables(database).put_replica(row); });
}

void Deployer::remove(ReplicaId replica) {
  const auto found = slots_.find(replica);
  if (found == slots_.end()) return;
  const auto on_node = by_node_.find(found->second.node);
  on_node->second.erase(replica);
  if (on_node->second.empty()) by_node_.erase(on_node);
  slots_.erase(found);
  parts_.outbox.write(
      [replica](Database& database) { ModelTables(database).remove_replica(replica); });
}

const Slot* Deployer::find(const ReplicaId& replica) const {
  const auto found = slots_.find(replica);
  return found == slots_.end() ? nullptr : &found->second;
}

const std::set<ReplicaId>& Deployer::slots_on(const NodeId& node) const {
  static const std::set<ReplicaId> kNone;
  const auto found = by_node_.find(node);
  return found == by_node_.end() ? kNone : found->second;
}

const Slot* Deployer::slot_of(const NodeId& node, const ModelId& model) const {
  for (const ReplicaId& replica : slots_on(node)) {
    const Slot& slot = slots_.at(replica);
    if (slot.model == model) return &slot;
  }
  return nullptr;
}

}  // namespace suan::scheduler
