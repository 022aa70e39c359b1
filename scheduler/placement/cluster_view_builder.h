#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "catalog/types/offer.h"
#include "catalog/types/site.h"
#include "scheduler/placement/cluster_view.h"

namespace suan::scheduler {

/// A node as the scheduler knows it; `site` must have been added.
struct NodeFacts {
  NodeId node;
  SiteId site;
  NodeState state = NodeState::Pending;
  Duration round_trip{};
  uint32_t trust_milli = 1000;
  int64_t shadow_price_n_per_device_s = 0;
  uint32_t devices = 1;
};

struct ModelFacts {
  ModelId model;
  uint32_t bytes_per_token_milli = 4000;
  uint32_t output_tokens_p50 = 128;
  uint32_t output_tokens_p90 = 512;
};

/// A replica with what is believed about it; node and model must have been added.
struct ReplicaFacts {
  ReplicaId replica;
  NodeId node;
  ModelId model;
  ReplicaState state = ReplicaState::Wanted;
  Capabilities can;
  ReplicaCapacity capacity;
  Estimate estimate;
};

/// Collects facts in any order within a kind (sites, then nodes and models, then replicas).
///
/// Facts about something unknown (a node of no known site, ...) are left out and counted: what
/// the catalog holds must never crash the scheduler.
class ClusterViewBuilder {
 public:
  explicit ClusterViewBuilder(uint64_t view_id) : view_id_(view_id) {}

  ClusterViewBuilder& add(const Site& site);
  ClusterViewBuilder& add(const NodeFacts& node);
  ClusterViewBuilder& add(const ModelFacts& model);
  ClusterViewBuilder& add(const Offer& offer);
  ClusterViewBuilder& add(ReplicaFacts replica);
  /// The plan's weight for a model at a site; without any, weights follow measured capacity.
  ClusterViewBuilder& set_share(const ModelId& model, const SiteId& site, uint64_t share);

  /// Facts that were left out.
  [[nodiscard]] uint32_t left_out() const { return left_out_; }

  [[nodiscard]] ClusterView build();

 private:
  /// A replica whose node and model have been found.
  struct Known {
    uint32_t model = 0;
    uint32_t node = 0;
    ReplicaFacts facts;
  };

  void add_groups(ClusterView& view, uint32_t model);
  static void add_replica_row(ClusterView& view, Known& known);
  [[nodiscard]] Prices prices_of(const SiteId& site, const ModelId& model) const;
  [[nodiscard]] uint64_t share_of(const ClusterView& view,
                                  const ModelId& model,
                                  const SiteGroup& group) const;

  uint64_t view_id_;
  uint32_t left_out_ = 0;
  std::vector<SiteRow> sites_;
  std::vector<NodeRow> nodes_;
  std::vector<ModelRow> models_;
  std::vector<Known> replicas_;
  std::map<SiteId, uint32_t> site_index_;
  std::map<NodeId, uint32_t> node_index_;
  std::map<ModelId, uint32_t> model_index_;
  std::map<std::pair<SiteId, ModelId>, Prices> offers_;
  std::map<std::pair<ModelId, SiteId>, uint64_t> shares_;
};

}  // namespace suan::scheduler
