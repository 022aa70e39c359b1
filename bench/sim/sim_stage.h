#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/sim/sim_control.h"
#include "bench/sim/sim_network.h"
#include "bench/sim/sim_node.h"
#include "bench/sim/sim_world.h"
#include "catalog/store/database.h"
#include "catalog/store/node_tables.h"
#include "catalog/types/site.h"

namespace suan::bench {

/// A world with a network, a store, a control plane and nodes: what every simulated run has.
///
/// Breaches of what must hold are kept, at most 20, one sentence each.
/// Threads:  one.
class SimStage {
 public:
  explicit SimStage(uint64_t network_seed);
  SimStage(const SimStage&) = delete;
  SimStage& operator=(const SimStage&) = delete;

  void add_site(const Site& site);
  /// An approved node, down until `start`; `link` is its way to the control plane.
  void add_node(const NodeId& node,
                const SiteId& site,
                SimMachine machine,
                const SimLink& link,
                uint64_t seed);

  /// Starts the scheduler and all nodes.
  void start(uint64_t seed, MakePlace make_place = {});
  void deploy(const ModelId& model);

  /// From now on, each simulated second: no node runs more than it has room for.
  void watch_overload();
  /// Liveness: every node serves, nothing runs, nothing threw.
  void check_healed();
  void add_violation(std::string what);

  SimWorld world;
  std::unique_ptr<Database> database;
  SimNetwork network;
  std::vector<std::unique_ptr<SimNode>> nodes;
  std::unique_ptr<SimControl> control;
  std::vector<std::string> violations;

 private:
  NodeTables tables_;
};

/// The host of the control plane, where the gateway is, too.
inline const char* const kControlHost = "control-plane";

}  // namespace suan::bench
