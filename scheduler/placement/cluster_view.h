#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/node.h"
#include "catalog/types/time.h"
#include "scheduler/placement/speed.h"

namespace suan::scheduler {

/// Sites of one network; the builder leaves out what comes after.
inline constexpr uint32_t kSitesMax = 256;

struct SiteRow {
  SiteId site;
  std::string region;
};

struct NodeRow {
  NodeId node;
  uint32_t site = 0;  // index into sites()
  NodeState state = NodeState::Pending;
  Duration round_trip{};
  uint32_t trust_milli = 1000;              // 1000: measured as claimed
  int64_t shadow_price_n_per_device_s = 0;  // of its pool; from the plan
  uint32_t devices = 1;
};

/// What a replica can do besides plain text.
struct Capabilities {
  bool tools = false;
  bool schema = false;
  bool logprobs = false;
};

struct ReplicaRow {
  ReplicaId replica;
  uint32_t node = 0;      // index into nodes()
  uint32_t estimate = 0;  // index into estimates()
  ReplicaState state = ReplicaState::Wanted;
  Capabilities can;
  uint32_t slots = 0;
  uint32_t kv_tokens_total = 0;
  uint32_t context_tokens = 0;
  Speed expected;
  Speed cautious;
};

/// Nano-yuan per token.
struct Prices {
  int64_t input_n_per_token = 0;
  int64_t cached_n_per_token = 0;
  int64_t output_n_per_token = 0;
};

/// The replicas of one model at one site: replicas()[begin, end), ascending by id.
struct SiteGroup {
  uint32_t site = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t ready = 0;  // of them, replicas that can take work by their node's state
  uint64_t share = 0;  // weight among the model's groups: by the plan, else by capacity
  Prices prices;
};

/// A model service: groups()[begin, end).
struct ModelRow {
  ModelId model;
  uint32_t bytes_per_token_milli = 4000;  // learned from prompts
  uint32_t output_tokens_p50 = 128;       // learned from answers
  uint32_t output_tokens_p90 = 512;
  uint32_t begin = 0;
  uint32_t end = 0;
};

/// The slow facts that placement needs, frozen: sites, nodes, offers, estimates, shares.
///
/// Made by `ClusterViewBuilder`. Numbers are integers, so that `place()` repeats on every
/// machine. Replicas of a model lie together, within it those of a site.
/// Threads:  immutable; share it freely.
class ClusterView {
 public:
  [[nodiscard]] uint64_t view_id() const { return view_id_; }

  [[nodiscard]] std::span<const SiteRow> sites() const { return sites_; }

  [[nodiscard]] std::span<const NodeRow> nodes() const { return nodes_; }

  [[nodiscard]] std::span<const ReplicaRow> replicas() const { return replicas_; }

  [[nodiscard]] std::span<const SiteGroup> groups() const { return groups_; }

  [[nodiscard]] std::span<const ModelRow> models() const { return models_; }

  [[nodiscard]] std::span<const Estimate> estimates() const { return estimates_; }

  /// Null: no such model service.
  [[nodiscard]] const ModelRow* find_model(const ModelId& model) const;
  /// Index into replicas(); nothing for one that is not here.
  [[nodiscard]] std::optional<uint32_t> find_replica(const ReplicaId& replica) const;

  [[nodiscard]] std::span<const SiteGroup> groups_of(const ModelRow& model) const {
    return groups().subspan(model.begin, model.end - model.begin);
  }

  [[nodiscard]] const NodeRow& node_of(const ReplicaRow& replica) const {
    return nodes_[replica.node];
  }

  [[nodiscard]] const SiteRow& site_of(const ReplicaRow& replica) const {
    return sites_[nodes_[replica.node].site];
  }

 private:
  friend class ClusterViewBuilder;

  uint64_t view_id_ = 0;
  std::vector<SiteRow> sites_;
  std::vector<NodeRow> nodes_;
  std::vector<ReplicaRow> replicas_;
  std::vector<SiteGroup> groups_;
  std::vector<ModelRow> models_;
  std::vector<Estimate> estimates_;
  std::unordered_map<ModelId, uint32_t> model_index_;
  std::unordered_map<ReplicaId, uint32_t> replica_index_;
};

/// May a node in this state be given new work?
[[nodiscard]] bool takes_work(NodeState state);

}  // namespace suan::scheduler
