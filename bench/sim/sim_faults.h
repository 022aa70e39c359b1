#pragma once

#include <memory>
#include <vector>

#include "bench/sim/sim_cluster.h"
#include "bench/sim/sim_control.h"
#include "bench/sim/sim_node.h"
#include "catalog/types/random.h"

namespace suan::bench {

/// What goes wrong in a run, and when: drawn from one seed before it begins.
///
/// Threads:  the world's.
class SimFaults {
 public:
  /// All references outlive the faults.
  SimFaults(SimWorld& world,
            SimNetwork& network,
            SimControl& control,
            std::vector<std::unique_ptr<SimNode>>& nodes,
            uint64_t seed);

  /// Spreads the faults that `options` asks for evenly over its duration.
  void schedule(const SimOptions& options);

  /// Ends all of them: everything is up, thawed and connected.
  void heal();

 private:
  using Fault = void (SimFaults::*)();

  void strike(uint32_t times, Duration within, Fault fault);
  void crash_node();
  void freeze_node();
  void reset_connection();
  void partition_node();
  void crash_scheduler();
  SimNode& any_node();
  Duration draw(Duration least, Duration most);

  SimNetwork& network_;
  SimControl& control_;
  std::vector<std::unique_ptr<SimNode>>& nodes_;
  Random random_;
  SimLoop loop_;  // of the hand that breaks things
  bool is_healed_ = false;
};

}  // namespace suan::bench
