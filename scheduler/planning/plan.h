#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/time.h"

namespace suan::scheduler {

/// A node that can load models.
struct PlanNode {
  NodeId node;
  SiteId site;
  uint64_t memory_bytes = 0;    // for weights and caches
  std::vector<ModelId> models;  // in its depot
  std::string device_class;     // nodes of a site with the same one are a pool
  Duration round_trip{};        // to where requests come in
};

/// A wish of an operator: this model shall be served.
struct PlanDeployment {
  ModelId model;
  uint64_t memory_bytes = 0;             // one replica: weights and cache
  std::optional<uint32_t> replicas_max;  // unset: one on each fitting node
  std::vector<SiteId> sites;             // empty: any
  bool follows_demand = false;           // as many, and where, as demand and prices make best
};

/// What a node serves of a model, with all of itself: the lower bound of what was measured.
struct PlanSpeed {
  NodeId node;
  ModelId model;
  int64_t capacity_milli = 0;  // thousandths of an etok per second
};

/// What one class of requests asks of a model.
struct PlanDemand {
  ModelId model;
  int64_t demand_milli = 0;       // thousandths of an etok per second
  int64_t unmet_p_per_etok = 0;   // pico-yuan: what it costs not to serve it
  int64_t far_p_per_etok_ms = 0;  // pico-yuan that a millisecond of round trip is worth
};

/// A site's price; without one it serves at 0.
struct PlanOffer {
  SiteId site;
  ModelId model;
  int64_t p_per_etok = 0;
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
  // For deployments that follow demand:
  std::vector<PlanSpeed> speeds;
  std::vector<PlanDemand> demands;
  std::vector<PlanOffer> offers;
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

/// Demand that the plan does not serve.
struct PlanUnmet {
  ModelId model;
  int64_t demand_milli = 0;
  int64_t unmet_milli = 0;
};

/// What a pool of devices is worth.
struct PlanPool {
  SiteId site;
  std::string device_class;
  int64_t devices_milli = 0;
  int64_t taken_milli = 0;
  int64_t n_per_device_s = 0;  // nano-yuan per second that one device more would save, about
};

/// Which replicas should exist, and what has to move for that.
struct Plan {
  std::vector<PlanReplica> replicas;  // ascending
  std::vector<PlanReplica> loads;     // wanted, not present
  std::vector<PlanReplica> unloads;   // present, not wanted
  std::vector<PlanShare> shares;
  std::vector<PlanShortage> shortages;
  int64_t cost_moves = 0;  // loads and unloads
  // Of deployments that follow demand; nothing when there is none:
  std::vector<PlanPool> pools;
  std::vector<PlanUnmet> unmet;
  std::optional<int64_t> cost_n_per_s;
  std::optional<int64_t> bound_n_per_s;  // no plan costs less, see certify_capacity
  std::vector<std::string> faults;       // of its certificate; none in a plan that may be used
};

/// Plans all deployments: first those with a number of replicas, then those that follow demand.
///
/// Of the first one replica on each fitting node, up to what was asked: it keeps replicas where they
/// are, and spreads new ones over sites first. The others share what is left, as `plan_by_demand`
/// finds best. No node is promised more memory than it has. Equal inputs in any order of nodes give
/// equal plans.
[[nodiscard]] Plan plan(const PlanInput& input);

}  // namespace suan::scheduler
