#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "catalog/types/result.h"
#include "scheduler/planning/flow/min_cost_flow.h"

namespace suan::scheduler {

// Units. Work is in etok (equivalent output tokens). Traffic: thousandths of an etok per second.
// Prices: pico-yuan per etok, which is yuan per 10^12 etok. Their product, and so every cost of a
// plan: femto-yuan per second. Devices are counted in thousandths, for replicas that share one.

/// Of rents and switches, which are told in nano-yuan per second.
inline constexpr int64_t kFemtoPerNano = 1'000'000;
/// Of a price per device, for a thousandth of it.
inline constexpr int64_t kFemtoPerNanoMilli = 1'000;

/// Devices of one class at one site.
struct DevicePool {
  int64_t devices_milli = 0;
};

/// What one region and service class asks of a model.
struct DemandCell {
  int64_t demand_milli = 0;
  int64_t unmet_p_per_etok = 0;  // what it costs not to serve it
};

/// A way to serve a model: replicas of one layout on the devices of one pool.
struct CapacityOption {
  uint32_t pool = 0;
  int64_t devices_milli = 0;   // one replica; above 0
  int64_t capacity_milli = 0;  // of one replica: the lower bound of what was measured; above 0
  int64_t fixed_n_per_s = 0;   // nano-yuan: what its devices cost when they idle
  /// Nano-yuan per second for each replica more, or fewer, than present: the price of loading and
  /// draining, spread over the time in which it has to pay.
  int64_t switch_n_per_s = 0;
  uint32_t present = 0;
  uint32_t count_max = std::numeric_limits<uint32_t>::max();
};

/// An option that must not serve a cell (residency, or too far for its answer times).
inline constexpr int64_t kNoArc = std::numeric_limits<int64_t>::max();

/// One model service: who asks for it, and what could serve it.
struct ServiceDemand {
  std::vector<DemandCell> cells;
  std::vector<CapacityOption> options;
  std::vector<int64_t>
      cost_p_per_etok;  // [option * cells + cell]: offer and distance, or kNoArc
};

/// How many replicas of which layout, where, for which traffic?
///
/// Least cost of: traffic, idle devices, switches, and demand that is not served; no option serves
/// more than its replicas can, no pool gives more devices than it has, replicas are whole.
struct CapacityProblem {
  std::vector<DevicePool> pools;
  std::vector<ServiceDemand> services;
};

/// How often an option can be taken at most: by its own limit and by its pool's size.
[[nodiscard]] int64_t count_limit(const CapacityProblem& problem, const CapacityOption& option);

/// Errors:   BadRequest  names the first number that is out of range, and its place
[[nodiscard]] Result<void> check(const CapacityProblem& problem);

}  // namespace suan::scheduler
