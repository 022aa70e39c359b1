// What nodes say they hold, beside what they should: adoption, states, Desired.

#include <algorithm>
#include <utility>

#include "catalog/wire/convert.h"
#include "scheduler/server/deployer.h"

namespace suan::scheduler {

namespace {

constexpr Duration kRetryFirst = 5s;  // doubled with each failure in a row
constexpr Duration kRetryMax = 5min;
constexpr Duration kTellAgain = 2s;  // a Desired may have been lost

Duration retry_delay(uint32_t failures) {
  const uint32_t doublings = std::min(failures, 10U) - std::min(failures, 1U);
  return std::min(kRetryFirst * (int64_t{1} << doublings), kRetryMax);
}

/// Of the replicas of one model the one with the newest lease; the others' numbers.
std::vector<const ReportedReplica*> newest_per_model(const std::vector<ReportedReplica>& all) {
  std::vector<const ReportedReplica*> newest;
  for (const ReportedReplica& reported : all) {
    const auto same = [&](const ReportedReplica* other) {
      return other->model == reported.model;
    };
    const auto known = std::find_if(newest.begin(), newest.end(), same);
    if (known == newest.end()) {
      newest.push_back(&reported);
    } else if ((*known)->lease_epoch < reported.lease_epoch) {
      *known = &reported;
    }
  }
  return newest;
}

}  // namespace

Adoption Deployer::adopt(NodeRecord& node) {
  const NodeId& id = node.identity.node;
  awaited_.erase(id);
  std::set<ReplicaId> kept;
  for (const ReportedReplica* reported : newest_per_model(node.replicas)) {
    if (judge(node, *reported) != Claim::Adopt) continue;
    const std::optional<uint64_t> lease = parts_.epochs.next();
    if (!lease) continue;  // it is granted anew once there are numbers

    // A slot granted for the same model meanwhile gives way to what is loaded already.
    const Slot* other = slot_of(id, reported->model);
    if (other != nullptr && other->replica != reported->replica) remove(other->replica);
    save(put({.replica = reported->replica,
              .deployment_id = deployments_.at(reported->model).deployment_id,
              .node = id,
              .model = reported->model,
              .lease_epoch = *lease,
              .state = reported->state,
              .error = reported->error}));
    kept.insert(reported->replica);
  }
  Adoption adoption;
  for (ReportedReplica& reported : node.replicas) {
    if (kept.contains(reported.replica)) {
      adoption.adopted.push_back(reported.replica);
      reported.lease_epoch = slots_.at(reported.replica).lease_epoch;
    } else if (judge(node, reported) != Claim::Leave) {
      adoption.fenced.push_back(reported.replica);
    }
  }
  // What the node has lost (its process began anew) is loaded again.
  const std::set<ReplicaId> on_node = slots_on(id);
  for (const ReplicaId& replica : on_node) {
    if (kept.contains(replica)) continue;
    const std::optional<uint64_t> lease = parts_.epochs.next();
    if (lease) want_again(slots_.at(replica), *lease);
  }
  to_tell_.insert(id);
  is_plan_due_ = true;
  return adoption;
}

Deployer::Claim Deployer::judge(const NodeRecord& node, const ReportedReplica& reported) const {
  const Slot* known = find(reported.replica);
  if (known != nullptr && known->node != node.identity.node) return Claim::Fence;
  const auto model = parts_.catalog.models.find(reported.model);
  const bool is_wanted = deployments_.contains(reported.model) && may_hold(node) &&
                         model != parts_.catalog.models.end();
  // Unwanted ones are not in Desired: they drain, and no request is cut.
  if (!is_wanted || reported.state == ReplicaState::Failed) return Claim::Leave;
  const bool is_same = reported.digest.empty() || model->second.about.digest == reported.digest;
  return is_same ? Claim::Adopt : Claim::Fence;
}

bool Deployer::reported(const NodeRecord& node, Time now) {
  bool has_changed = false;
  for (const ReportedReplica& reported : node.replicas) {
    const auto found = slots_.find(reported.replica);
    const bool is_its = found != slots_.end() && found->second.node == node.identity.node;
    if (is_its) has_changed |= take(found->second, reported, now);
  }
  const auto told = told_at_.find(node.identity.node);
  const bool may_tell = told == told_at_.end() || now - told->second >= kTellAgain;
  if (may_tell && !is_as_desired(node)) to_tell_.insert(node.identity.node);
  return has_changed;
}

bool Deployer::take(Slot& slot, const ReportedReplica& reported, Time now) {
  const bool is_old_word = reported.lease_epoch < slot.lease_epoch;
  if (is_old_word || slot.retry_at) return false;
  if (reported.state == slot.state && reported.error == slot.error) return false;
  slot.state = reported.state;
  slot.error = reported.error;
  if (slot.state == ReplicaState::Ready) slot.failures = 0;
  if (slot.state == ReplicaState::Failed) {
    ++slot.failures;
    slot.retry_at = now + retry_delay(slot.failures);
    to_tell_.insert(slot.node);
    parts_.outbox.note("replica of " + slot.model.value() + " on " + slot.node.value() +
                       " failed: " + slot.error);
  }
  save(slot);
  return true;
}

bool Deployer::retry_failed(Time now) {
  bool has_changed = false;
  for (auto& [id, slot] : slots_) {
    if (!slot.retry_at || now < *slot.retry_at) continue;
    const std::optional<uint64_t> lease = parts_.epochs.next();
    if (!lease) continue;
    want_again(slot, *lease);
    has_changed = true;
  }
  return has_changed;
}

void Deployer::want_again(Slot& slot, uint64_t lease_epoch) {
  slot.lease_epoch = lease_epoch;
  slot.retry_at.reset();
  slot.state = ReplicaState::Wanted;
  slot.error.clear();
  save(slot);
  to_tell_.insert(slot.node);
}

bool Deployer::is_as_desired(const NodeRecord& node) const {
  size_t wanted = 0;
  for (const ReplicaId& replica : slots_on(node.identity.node)) {
    const Slot& slot = slots_.at(replica);
    if (slot.retry_at) continue;
    ++wanted;
    const auto is_it = [&](const ReportedReplica& reported) {
      return reported.replica == replica && reported.lease_epoch == slot.lease_epoch;
    };
    if (std::none_of(node.replicas.begin(), node.replicas.end(), is_it)) return false;
  }
  return wanted == node.replicas.size();
}

void Deployer::send_desired(const NodeRecord& node, Time now) {
  told_at_[node.identity.node] = now;
  v1::Desired& desired = *parts_.outbox.to_agent(node.peer(), node.epoch).mutable_desired();
  for (const ReplicaId& replica : slots_on(node.identity.node)) {
    const Slot& slot = slots_.at(replica);
    if (slot.retry_at) continue;
    v1::WantedReplica& wanted = *desired.add_replicas();
    wanted.set_replica_id(replica.value());
    wanted.set_lease_epoch(slot.lease_epoch);
    wanted.set_model_id(slot.model.value());
    const auto model = parts_.catalog.models.find(slot.model);
    if (model != parts_.catalog.models.end()) {
      wanted.set_digest_hex(model->second.about.digest);
    }
  }
}

}  // namespace suan::scheduler
