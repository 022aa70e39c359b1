#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/sim/modelled_runner.h"
#include "catalog/types/node.h"
#include "catalog/wire/loop.h"
#include "node_agent/launcher.h"

namespace suan::bench {

/// A model that a modelled node has in its depot, and how fast the node serves it.
struct ModelledModel {
  DepotModel depot;
  ReplicaModel replica;
  Duration load_time = 2s;  // of virtual time, from Wanted to Ready
};

/// `Launcher` whose replicas are `ModelledRunner`s.
///
/// Threads:  the loop's.
class ModelledLauncher final : public node_agent::Launcher {
 public:
  /// `loop` outlives the launcher.
  ModelledLauncher(Loop& loop, std::vector<ModelledModel> models);
  ~ModelledLauncher() override;
  ModelledLauncher(const ModelledLauncher&) = delete;
  ModelledLauncher& operator=(const ModelledLauncher&) = delete;

  void want(std::vector<node_agent::WantedReplica> replicas) override;
  [[nodiscard]] const std::vector<node_agent::LaunchedReplica>& replicas() const override;
  [[nodiscard]] std::vector<DepotModel> depot() const override;
  void on_change(std::function<void()> handler) override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace suan::bench
