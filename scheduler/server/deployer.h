#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/result.h"
#include "catalog/types/time.h"
#include "scheduler/placement/estimator.h"
#include "scheduler/planning/plan.h"
#include "scheduler/server/catalog.h"
#include "scheduler/server/demand_book.h"
#include "scheduler/server/events.h"
#include "scheduler/server/leases.h"
#include "scheduler/server/membership.h"
#include "scheduler/server/outbox.h"
#include "scheduler/server/server_config.h"

namespace suan::scheduler {

/// An operator's wish: this model shall be served.
struct Deployment {
  std::string deployment_id;
  ModelId model;
  uint32_t replicas_max = 0;  // 0: one on each fitting node
  std::vector<SiteId> sites;  // empty: any
  WallTime created{};
  bool follows_demand = false;  // the planner chooses how many, and where
};

/// A slot that is granted to a node.
struct Slot {
  ReplicaId replica;
  std::string deployment_id;
  NodeId node;
  ModelId model;
  uint64_t lease_epoch = 0;
  ReplicaState state = ReplicaState::Wanted;
  std::string error;
  uint32_t failures = 0;          // in a row
  std::optional<Time> retry_at;   // Failed: not wanted until then
  Time granted_at = Time::min();  // in this life of the scheduler
};

/// Which reported replicas go on, and which have to go.
struct Adoption {
  std::vector<ReplicaId> adopted;
  std::vector<ReplicaId> fenced;
};

/// Makes deployments true: plans which node holds which replica, grants leases, tells each node
/// all that it shall hold (`Desired`), tries failed ones again later and later.
///
/// After a start nothing moves until 20 s have passed or 95% of the nodes that held replicas are
/// back: what they hold is adopted, not loaded twice.
/// Threads:  the scheduler loop only.
class Deployer {
 public:
  struct Parts {
    Membership& membership;
    Catalog& catalog;
    Epochs& epochs;
    Outbox& outbox;
    const Estimator& estimator;
    DemandBook& demand;
  };

  Deployer(Parts parts, Timings timings) : parts_(parts), timings_(timings) {}

  /// What the store held at the start.
  void restore(std::vector<Deployment> deployments, std::vector<Slot> slots, Time now);

  /// Errors:   NotFound  no node has shown this model
  [[nodiscard]] Result<Deployment> deploy(Deployment wish, Time now);
  /// Errors:   NotFound  it is not deployed
  [[nodiscard]] Result<void> retire(const ModelId& model, Time now);

  /// Decides about what a registering node holds: of each model the newest lease goes on,
  /// if the model is wanted and the digest is the catalog's.
  [[nodiscard]] Adoption adopt(NodeRecord& node);

  /// Takes a heartbeat's replicas. True when a state has changed.
  bool reported(const NodeRecord& node, Time now);

  /// The node's registration is over; its slots may be granted again.
  void node_over(const NodeId& node);

  /// Facts that a plan depends on have changed.
  void plan_soon() { is_plan_due_ = true; }

  /// Plans when due. True when slots have changed.
  bool turn(const Moment& moment);

  /// A plan that was asked for is there. It is checked; one with faults changes nothing. True when
  /// slots have changed.
  bool planned(const Plan& plan, Time now);

  /// What a plan would be made from now.
  [[nodiscard]] PlanInput input(const Moment& moment) const;

  /// Sends Desired to every node for which it has changed.
  void tell(Time now);

  [[nodiscard]] const std::map<ModelId, Deployment>& deployments() const {
    return deployments_;
  }

  [[nodiscard]] const std::map<ReplicaId, Slot>& slots() const { return slots_; }

  /// Null: not granted.
  [[nodiscard]] const Slot* find(const ReplicaId& replica) const;

  [[nodiscard]] const Plan& plan() const { return plan_; }

  [[nodiscard]] bool is_settled() const { return is_settled_; }

 private:
  enum class Claim : uint8_t { Adopt, Fence, Leave };

  bool settle(Time now);
  [[nodiscard]] bool is_due(Time now) const;
  [[nodiscard]] bool follows_demand(const ModelId& model) const;
  void add_nodes(PlanInput& input, const Moment& moment) const;
  void add_speed(const NodeRecord& node,
                 const DepotModel& model,
                 const Moment& moment,
                 PlanInput& input) const;
  void add_deployments(PlanInput& input) const;
  [[nodiscard]] Claim judge(const NodeRecord& node, const ReportedReplica& reported) const;
  [[nodiscard]] bool may_hold(const NodeRecord& node) const;
  bool apply(const Plan& plan, Time now);
  [[nodiscard]] bool may_unload(const Slot& slot, const Plan& plan, Time now) const;
  [[nodiscard]] std::map<SiteId, uint32_t> loads_under_way() const;
  [[nodiscard]] bool has_memory_for(const PlanReplica& load) const;
  [[nodiscard]] uint64_t memory_for(const ModelId& model) const;
  bool grant(const NodeId& node, const ModelId& model, Time now);
  bool retry_failed(Time now);
  bool take(Slot& slot, const ReportedReplica& reported, Time now);
  void send_desired(const NodeRecord& node, Time now);
  [[nodiscard]] bool is_as_desired(const NodeRecord& node) const;
  void want_again(Slot& slot, uint64_t lease_epoch);
  Slot& put(Slot slot);
  void save(const Slot& slot);
  void remove(ReplicaId replica);
  [[nodiscard]] const std::set<ReplicaId>& slots_on(const NodeId& node) const;
  [[nodiscard]] const Slot* slot_of(const NodeId& node, const ModelId& model) const;

  Parts parts_;
  Timings timings_;
  std::map<ModelId, Deployment> deployments_;
  std::map<ReplicaId, Slot> slots_;
  std::map<NodeId, std::set<ReplicaId>> by_node_;
  std::set<NodeId> awaited_;  // held replicas before the start
  size_t awaited_at_start_ = 0;
  Time started_at_{};
  bool is_settled_ = false;
  bool is_plan_due_ = true;
  bool is_planning_ = false;  // elsewhere
  Time planned_at_{};
  Plan plan_;
  std::set<NodeId> to_tell_;  // their Desired has changed
  std::map<NodeId, Time> told_at_;
};

}  // namespace suan::scheduler
