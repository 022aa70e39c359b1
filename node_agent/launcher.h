#pragma once

#include <functional>
#include <string>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/node.h"
#include "node_agent/runner.h"

namespace suan::node_agent {

/// A replica that the scheduler wants here.
struct WantedReplica {
  ReplicaId replica;
  uint64_t lease_epoch = 0;
  ModelId model;
  std::string digest;  // empty: whatever the depot has
};

/// A replica that is here.
struct LaunchedReplica {
  ReplicaId replica;
  uint64_t lease_epoch = 0;
  ModelId model;
  std::string digest;
  ReplicaState state = ReplicaState::Wanted;
  std::string error;  // for Failed
  uint64_t memory_bytes = 0;
  Runner* runner = nullptr;  // while Ready or Draining; owned by the launcher
};

/// Makes the wanted replicas true: loads, measures, drains, unloads.
///
/// Implementations: `LocalLauncher`; `SlurmLauncher` later; `ModelledLauncher` in bench.
/// Threads:  the agent's loop.
class Launcher {
 public:
  virtual ~Launcher() = default;

  /// All that is wanted; what is not among them drains and unloads. A smaller lease epoch than
  /// the one known for a replica is ignored.
  virtual void want(std::vector<WantedReplica> replicas) = 0;

  [[nodiscard]] virtual const std::vector<LaunchedReplica>& replicas() const = 0;

  /// Models in the depot.
  [[nodiscard]] virtual std::vector<DepotModel> depot() const = 0;

  /// Called when a replica's state has changed.
  virtual void on_change(std::function<void()> handler) = 0;
};

}  // namespace suan::node_agent
