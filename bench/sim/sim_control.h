#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "bench/sim/sim_loop.h"
#include "bench/sim/sim_network.h"
#include "bench/sim/sim_store.h"
#include "bench/sim/sim_usage_log.h"
#include "scheduler/server/role.h"
#include "web_api/gateway/gateway.h"

namespace suan::bench {

/// Makes what places requests instead of `scheduler::place`; unset: that itself.
using MakePlace = std::function<scheduler::PlaceFunction()>;

/// The control plane of a simulated network: a real `ServerRole`, which can crash and restart on
/// its store, and a real `Gateway`, which outlives it.
///
/// Threads:  the world's.
class SimControl {
 public:
  /// `world`, `network` and `database` (migrated) outlive this. The scheduler is down until
  /// `start_scheduler`; each of its lives places by a fresh `make_place()`.
  SimControl(SimWorld& world,
             SimNetwork& network,
             Database& database,
             uint64_t seed,
             MakePlace make_place = {});
  ~SimControl();
  SimControl(const SimControl&) = delete;
  SimControl& operator=(const SimControl&) = delete;

  void start_scheduler();
  /// As kill -9; what the store did not commit is gone.
  void crash_scheduler();

  [[nodiscard]] bool is_scheduler_up() const { return server_ != nullptr; }

  [[nodiscard]] SimLoop& gateway_loop() { return gateway_loop_; }

  [[nodiscard]] web_api::Gateway& gateway() { return *gateway_; }

  [[nodiscard]] const SimUsageLog& usage() const { return usage_; }

 private:
  SimWorld& world_;
  SimNetwork& network_;
  Database& database_;
  uint64_t seed_;
  MakePlace make_place_;
  uint64_t starts_ = 0;
  SimLoop gateway_loop_;
  SimUsageLog usage_;
  std::unique_ptr<Channel> tokens_;
  std::unique_ptr<Channel> to_scheduler_;
  std::unique_ptr<web_api::Gateway> gateway_;
  // Of one life of the scheduler, in the order in which they are made.
  std::unique_ptr<SimLoop> scheduler_loop_;
  std::unique_ptr<SimStore> store_;
  std::unique_ptr<Channel> control_;
  std::unique_ptr<Channel> gateway_link_;
  std::unique_ptr<scheduler::ServerRole> server_;
};

}  // namespace suan::bench
