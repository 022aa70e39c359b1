#include "scheduler/placement/cluster_view_builder.h"

#include <algorithm>
#include <tuple>

namespace suan::scheduler {

namespace {

// 100,000 yuan per million tokens: above it a typing error, and sums might overflow.
constexpr int64_t kPriceMax = 100'000'000;

int64_t checked_price(int64_t price) {
  return std::clamp<int64_t>(price, 0, kPriceMax);
}

bool is_ready(const ReplicaRow& replica, const NodeRow& node) {
  return replica.state == ReplicaState::Ready && takes_work(node.state);
}

/// Tokens per second with all slots busy, by the cautious speed.
uint64_t capacity_of(const ReplicaRow& replica) {
  const int64_t step_ns = std::max<int64_t>(replica.cautious.step_ns(replica.slots), 1);
  return 1'000'000'000ULL * std::max(replica.slots, 1U) / static_cast<uint64_t>(step_ns) + 1;
}

}  // namespace

ClusterViewBuilder& ClusterViewBuilder::add(const Site& site) {
  if (sites_.size() >= kSitesMax ||
      !site_index_.emplace(site.site, static_cast<uint32_t>(sites_.size())).second) {
    ++left_out_;
    return *this;
  }
  sites_.push_back({.site = site.site, .region = site.region});
  return *this;
}

ClusterViewBuilder& ClusterViewBuilder::add(const NodeFacts& node) {
  const auto site = site_index_.find(node.site);
  if (site == site_index_.end() ||
      !node_index_.emplace(node.node, static_cast<uint32_t>(nodes_.size())).second) {
    ++left_out_;
    return *this;
  }
  nodes_.push_back(
      {.node = node.node,
       .site = site->second,
       .state = node.state,
       .round_trip = std::clamp<Duration>(node.round_trip, 0s, 60s),
       .trust_milli = std::min(node.trust_milli, 1000U),
       .shadow_price_n_per_device_s = std::max<int64_t>(node.shadow_price_n_per_device_s, 0),
       .devices = node.devices});
  return *this;
}

ClusterViewBuilder& ClusterViewBuilder::add(const ModelFacts& model) {
  if (!model_index_.emplace(model.model, static_cast<uint32_t>(models_.size())).second) {
    ++left_out_;
    return *this;
  }
  models_.push_back({.model = model.model,
                     .bytes_per_token_milli = model.bytes_per_token_milli,
                     .output_tokens_p50 = model.output_tokens_p50,
                     .output_tokens_p90 = model.output_tokens_p90});
  return *this;
}

ClusterViewBuilder& ClusterViewBuilder::add(const Offer& offer) {
  offers_[{offer.site, offer.model}] = {
      .input_n_per_token = checked_price(offer.input_n_per_token),
      .cached_n_per_token = checked_price(offer.cached_n_per_token),
      .output_n_per_token = checked_price(offer.output_n_per_token)};
  return *this;
}

ClusterViewBuilder& ClusterViewBuilder::add(ReplicaFacts replica) {
  const auto node = node_index_.find(replica.node);
  const auto model = model_index_.find(replica.model);
  if (node == node_index_.end() || model == model_index_.end()) {
    ++left_out_;
    return *this;
  }
  replicas_.push_back(
      {.model = model->second, .node = node->second, .facts = std::move(replica)});
  return *this;
}

ClusterViewBuilder& ClusterViewBuilder::set_share(const ModelId& model,
                                                  const SiteId& site,
                                                  uint64_t share) {
  shares_[{model, site}] = std::min<uint64_t>(share, UINT32_MAX);
  return *this;
}

ClusterView ClusterViewBuilder::build() {
  std::ranges::sort(replicas_, {}, [this](const Known& known) {
    return std::tuple(known.model, nodes_[known.node].site, known.facts.replica.value());
  });

  ClusterView view;
  view.view_id_ = view_id_;
  view.sites_ = sites_;
  view.nodes_ = nodes_;
  view.models_ = models_;
  for (Known& known : replicas_) {
    add_replica_row(view, known);
  }
  for (uint32_t model = 0; model < models_.size(); ++model) {
    add_groups(view, model);
  }
  for (uint32_t i = 0; i < view.models_.size(); ++i) {
    view.model_index_.emplace(view.models_[i].model, i);
  }
  return view;
}

void ClusterViewBuilder::add_replica_row(ClusterView& view, Known& known) {
  ReplicaFacts& facts = known.facts;
  const auto index = static_cast<uint32_t>(view.replicas_.size());
  view.replicas_.push_back({.replica = facts.replica,
                            .node = known.node,
                            .estimate = index,
                            .state = facts.state,
                            .can = facts.can,
                            .slots = facts.capacity.slots,
                            .kv_tokens_total = facts.capacity.kv_tokens_total,
                            .context_tokens = facts.capacity.context_tokens,
                            .expected = expected_speed(facts.estimate, facts.capacity),
                            .cautious = cautious_speed(facts.estimate, facts.capacity)});
  view.estimates_.push_back(std::move(facts.estimate));
  view.replica_index_.emplace(facts.replica, index);
}

void ClusterViewBuilder::add_groups(ClusterView& view, uint32_t model) {
  ModelRow& row = view.models_[model];
  row.begin = static_cast<uint32_t>(view.groups_.size());
  // Rows of earlier models come first; they end where their last group does.
  uint32_t next = view.groups_.empty() ? 0 : view.groups_.back().end;
  while (next < replicas_.size() && replicas_[next].model == model) {
    SiteGroup group;
    group.begin = next;
    group.site = nodes_[view.replicas_[next].node].site;
    for (; next < replicas_.size() && replicas_[next].model == model; ++next) {
      const NodeRow& node = nodes_[view.replicas_[next].node];
      if (node.site != group.site) {
        break;
      }
      group.ready += is_ready(view.replicas_[next], node) ? 1 : 0;
    }
    group.end = next;
    group.prices = prices_of(sites_[group.site].site, row.model);
    group.share = share_of(view, row.model, group);
    view.groups_.push_back(group);
  }
  row.end = static_cast<uint32_t>(view.groups_.size());
}

Prices ClusterViewBuilder::prices_of(const SiteId& site, const ModelId& model) const {
  for (const ModelId& key : {model, ModelId()}) {
    if (const auto found = offers_.find({site, key}); found != offers_.end()) {
      return found->second;
    }
  }
  return {};  // no offer made: open, at price 0
}

uint64_t ClusterViewBuilder::share_of(const ClusterView& view,
                                      const ModelId& model,
                                      const SiteGroup& group) const {
  const auto any = shares_.lower_bound({model, SiteId()});
  if (any != shares_.end() && any->first.first == model) {
    const auto found = shares_.find({model, sites_[group.site].site});
    return found == shares_.end() ? 0 : found->second;
  }
  uint64_t capacity = 0;
  for (uint32_t i = group.begin; i < group.end; ++i) {
    const ReplicaRow& replica = view.replicas_[i];
    capacity += is_ready(replica, nodes_[replica.node]) ? capacity_of(replica) : 0;
  }
  return capacity;
}

}  // namespace suan::scheduler
