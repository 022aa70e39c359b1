#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/types/id.h"

namespace suan::scheduler {

/// A node that can load models.
struct PlanNode {
  NodeId node;
  SiteId site;
  uint64_t memory_bytes = 0;    // for weights and caches
  std::vector<ModelId> models;  // in its depot
};

/// A wish of an operator: this model shall be served.
struct PlanDeployment {
  ModelId model;
  uint64_t memory_bytes = 0;             // one replica: weights and cache
  std::optional<uint32_t> replicas_max;  // unset: one on each fitting node
  std::vector<SiteId> sites;             // empty: any
};

/// A replica that exists, or will.
struct PlanReplica {
  NodeId node;
  ModelId model;

  friend bool operator==(const PlanReplica&, const PlanReplica&) = default;
  friend auto operator<=>(const PlanReplica&, const PlanReplica&) = default;
};

struct PlanInput {
  std::vector<PlanNode> nodes;
  std::vector<PlanDeployment> deployments;  // earlier ones take room first
  std::vector<PlanReplica> present;
};

/// How much of a model's traffic a site should get, as a weight.
struct PlanShare {
  ModelId model;
  SiteId site;
  uint64_t share = 0;
};

/// Fewer replicas than asked for, and why.
struct PlanShortage {
  ModelId model;
  uint32_t wanted = 0;
  uint32_t placed = 0;
  std::string reason;
};

/// Which replicas should exist, and what has to move for that.
struct Plan {
  std::vector<PlanReplica> replicas;  // ascending
  std::vector<PlanReplica> loads;     // wanted, not present
  std::vector<PlanReplica> unloads;   // present, not wanted
  std::vector<PlanShare> shares;
  std::vector<PlanShortage> shortages;
  int64_t cost_moves = 0;        // loads and unloads: what this simple plan keeps low
  std::optional<int64_t> bound;  // no plan costs less; unset: not proven
};

/// Plans one replica of each deployed model on each fitting node, up to what was asked.
///
/// Keeps replicas where they are, spreads new ones over sites first, and never promises more
/// memory than a node has. Equal inputs in any order of nodes give equal plans.
[[nodiscard]] Plan plan(const PlanInput& input);

}  // namespace suan::scheduler
