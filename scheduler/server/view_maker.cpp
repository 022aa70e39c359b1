#include "scheduler/server/view_maker.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "scheduler/placement/cluster_view_builder.h"

namespace suan::scheduler {

namespace {

constexpr Duration kGapTouched = 20ms;
constexpr Duration kGapNudged = 1s;
constexpr Duration kGapIdle = 10s;  // estimates age

/// What the node said of itself when it loaded the model, until something better is known.
Estimate claimed(const ReplicaCapacity& capacity) {
  Estimate estimate;
  estimate.decode_tokens_per_s = std::max(capacity.decode_tokens_per_s, 1.0);
  estimate.decode_tokens_per_s_low = estimate.decode_tokens_per_s / 3;
  estimate.decode_log_sd = kClaimLogSd;
  estimate.prefill_tokens_per_s = std::max(capacity.prefill_tokens_per_s, 1.0);
  estimate.prefill_tokens_per_s_low = estimate.prefill_tokens_per_s / 3;
  estimate.prefill_log_sd = kClaimLogSd;
  return estimate;
}

/// Tokens per second of a model's replicas together.
struct SpeedSums {
  double prefill = 0;
  double decode = 0;
};

const ReportedReplica* find_reported(const NodeRecord& node, const ReplicaId& replica) {
  for (const ReportedReplica& reported : node.replicas) {
    if (reported.replica == replica) return &reported;
  }
  return nullptr;
}

}  // namespace

void ViewMaker::turn(const Moment& moment) {
  const Duration gap = is_touched_ ? kGapTouched : is_nudged_ ? kGapNudged : kGapIdle;
  if (made_at_ != Time::min() && moment.now - made_at_ < gap) return;
  renew(moment);
}

bool ViewMaker::renew_if_touched(const Moment& moment) {
  if (!is_touched_) return false;
  renew(moment);
  return true;
}

void ViewMaker::renew(const Moment& moment) {
  made_at_ = moment.now;
  has_news_ |= is_touched_;
  is_touched_ = false;
  is_nudged_ = false;

  ClusterViewBuilder builder(++last_view_);
  for (const auto& [id, site] : parts_.catalog.sites)
    builder.add(site);
  add_nodes(builder);
  for (const auto& [model, deployment] : parts_.deployer.deployments()) {
    builder.add(parts_.learning.facts(model));
  }
  for (const auto& [key, offer] : parts_.catalog.offers)
    builder.add(offer);
  add_replicas(builder, moment);
  for (const PlanShare& share : parts_.deployer.plan().shares) {
    builder.set_share(share.model, share.site, share.share);
  }
  view_ = std::make_shared<const ClusterView>(builder.build());
  parts_.dispatcher.set_view(view_, capacities_);
}

void ViewMaker::add_nodes(ClusterViewBuilder& builder) const {
  for (const auto& [id, node] : parts_.membership.nodes()) {
    if (!node.identity.is_approved || node.identity.is_revoked) continue;
    builder.add(NodeFacts{.node = id,
                          .site = node.identity.site,
                          .state = state_of(node),
                          .round_trip = node.round_trip.median()});
  }
}

void ViewMaker::add_replicas(ClusterViewBuilder& builder, const Moment& moment) {
  capacities_.clear();
  std::map<ModelId, SpeedSums> sums;
  const std::vector<ReplicaId> before = std::exchange(in_load_, {});
  for (const auto& [id, slot] : parts_.deployer.slots()) {
    const NodeRecord* node = parts_.membership.find(slot.node);
    if (node == nullptr) continue;
    const ReportedReplica* reported = find_reported(*node, id);
    const ReplicaCapacity capacity =
        reported == nullptr ? ReplicaCapacity{} : reported->capacity;
    const auto believed = parts_.estimator.estimate(slot.node, slot.model, moment.wall);
    builder.add(ReplicaFacts{.replica = id,
                             .node = slot.node,
                             .model = slot.model,
                             .state = slot.state,
                             .can = {.tools = true, .schema = true, .logprobs = true},
                             .capacity = capacity,
                             .estimate = believed ? *believed : claimed(capacity)});
    if (slot.state != ReplicaState::Ready || reported == nullptr) continue;
    in_load_.push_back(id);
    parts_.load.set_capacity(id, capacity.slots, capacity.kv_tokens_total);
    if (!node->is_registered()) continue;
    SpeedSums& sum = sums[slot.model];
    sum.decode += capacity.decode_tokens_per_s;
    sum.prefill += capacity.prefill_tokens_per_s;
    capacities_[slot.model].work_per_s +=
        std::max(capacity.decode_tokens_per_s_full, capacity.decode_tokens_per_s);
  }
  for (auto& [model, capacity] : capacities_) {
    const SpeedSums& sum = sums[model];
    if (sum.prefill > 0) {
      capacity.prefill_to_output = std::clamp(sum.decode / sum.prefill, 0.001, 1.0);
    }
  }
  std::vector<ReplicaId> gone;
  std::ranges::set_difference(before, in_load_, std::back_inserter(gone));
  for (const ReplicaId& replica : gone)
    parts_.load.remove(replica);
}

}  // namespace suan::scheduler
