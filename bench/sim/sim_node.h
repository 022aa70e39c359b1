#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/sim/modelled_launcher.h"
#include "bench/sim/sim_loop.h"
#include "bench/sim/sim_network.h"
#include "node_agent/agent.h"

namespace suan::bench {

/// What a simulated node is, beside how fast it serves.
struct SimMachine {
  std::vector<ModelledModel> models;  // in its depot
  std::string cpu_model = "modelled";
  uint64_t memory_bytes = 64ULL << 30U;
  SelfMeasurement measured{.memory_read_gb_s = 50, .matrix_gflop_s = 1000};
};

/// One node of a simulated network: a real `Agent` over modelled replicas, which can crash,
/// restart and freeze.
///
/// Threads:  the world's.
class SimNode {
 public:
  /// `world` and `network` outlive the node, which is down until `start`.
  SimNode(SimWorld& world, SimNetwork& network, NodeId node, SimMachine machine, uint64_t seed);
  ~SimNode();
  SimNode(const SimNode&) = delete;
  SimNode& operator=(const SimNode&) = delete;

  void start();
  /// As kill -9: nothing is said to anybody, everything in memory is gone.
  void crash();

  /// As SIGSTOP and SIGCONT. Requires: up.
  void freeze() { loop_->pause(); }

  void thaw() { loop_->resume(); }

  [[nodiscard]] bool is_up() const { return agent_ != nullptr; }

  [[nodiscard]] const NodeId& node() const { return node_; }

  [[nodiscard]] std::string host() const { return node_.value(); }

  /// Streams that run or wait here. Requires: up.
  [[nodiscard]] uint32_t running() const { return agent_->running(); }

  [[nodiscard]] bool is_serving() const;
  /// The first promise of a replica that is broken: more running than slots, more KV tokens than
  /// there are; "" when all hold.
  [[nodiscard]] std::string overload() const;

 private:
  SimWorld& world_;
  SimNetwork& network_;
  NodeId node_;
  SimMachine machine_;
  uint64_t seed_;
  uint64_t boots_ = 0;
  // In the order in which they are made.
  std::unique_ptr<SimLoop> loop_;
  std::unique_ptr<Channel> control_;
  std::unique_ptr<ModelledLauncher> launcher_;
  std::unique_ptr<node_agent::Agent> agent_;
};

}  // namespace suan::bench
