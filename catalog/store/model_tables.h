#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/types/id.h"
#include "catalog/types/node.h"
#include "catalog/types/time.h"

namespace suan {

/// A model service that an operator wants.
struct DeploymentRow {
  std::string deployment_id;
  ModelId model;
  uint32_t replicas = 0;      // 0: one on each node that can
  std::vector<SiteId> sites;  // empty: any
  WallTime created{};
  bool is_retired = false;
  bool follows_demand = false;  // the planner chooses how many, and where

  friend bool operator==(const DeploymentRow&, const DeploymentRow&) = default;
};

/// A slot that was granted to a node; `lease_epoch` tells this grant from earlier ones.
struct ReplicaRow {
  ReplicaId replica;
  std::string deployment_id;
  NodeId node;
  ModelId model;
  uint64_t lease_epoch = 0;
  ReplicaState state = ReplicaState::Wanted;

  friend bool operator==(const ReplicaRow&, const ReplicaRow&) = default;
};

/// Models that nodes have shown, deployments and replicas.
///
/// Requires: `database` outlives the object; `migrate` has run.
/// Errors:   throws StoreError
/// Threads:  those of the database.
class ModelTables {
 public:
  explicit ModelTables(Database& database) : database_(database) {}

  /// Inserts the model, or updates what is known of it; the first sighting's time stays.
  void put_model(const DepotModel& model, WallTime now);
  [[nodiscard]] std::vector<DepotModel> models();

  /// Inserts the deployment, or updates the one of this id.
  void put_deployment(const DeploymentRow& deployment);
  /// Those that are not retired.
  [[nodiscard]] std::vector<DeploymentRow> deployments();
  /// Retires every deployment of the model.
  void retire(const ModelId& model);

  /// Inserts the replica, or updates the one of this id. A smaller `lease_epoch` than the
  /// stored one changes nothing: its holder was fenced.
  void put_replica(const ReplicaRow& replica);
  void remove_replica(const ReplicaId& replica);
  [[nodiscard]] std::vector<ReplicaRow> replicas();

 private:
  Database& database_;
};

}  // namespace suan
