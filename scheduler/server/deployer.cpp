#include "scheduler/server/deployer.h"

#include <algorithm>
#include <utility>

#include "catalog/store/model_tables.h"
#include "scheduler/planning/certify.h"

namespace suan::scheduler {

namespace {

constexpr Duration kPlanEvery = 60s;        // even if nothing is known to have changed
constexpr Duration kDemandPlanEvery = 10s;  // where some deployment follows demand

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

bool Deployer::turn(const Moment& moment) {
  const bool has_changed = retry_failed(moment.now);
  if (!settle(moment.now) || !is_due(moment.now)) return has_changed;
  is_plan_due_ = false;
  planned_at_ = moment.now;
  PlanInput next = input(moment);
  if (std::ranges::any_of(next.deployments, &PlanDeployment::follows_demand)) {
    // That may take a second in a large network.
    is_planning_ = true;
    parts_.outbox.plan({.input = std::make_shared<const PlanInput>(std::move(next))});
    return has_changed;
  }
  return planned(certified_plan(next), moment.now) || has_changed;
}

bool Deployer::is_due(Time now) const {
  if (is_planning_) return false;
  const bool has_following = std::ranges::any_of(
      deployments_, [](const auto& each) { return each.second.follows_demand; });
  return is_plan_due_ || now - planned_at_ >= (has_following ? kDemandPlanEvery : kPlanEvery);
}

bool Deployer::planned(const Plan& plan, Time now) {
  is_planning_ = false;
  if (!plan.faults.empty()) {
    parts_.outbox.note("a plan was not used: " + plan.faults.front());
    return false;
  }
  plan_ = plan;
  return apply(plan_, now);
}

bool Deployer::follows_demand(const ModelId& model) const {
  const auto found = deployments_.find(model);
  return found != deployments_.end() && found->second.follows_demand;
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
