#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/planning/capacity/search_problem.h"
#include "scheduler/planning/capacity/traffic.h"

namespace suan::scheduler {

/// The replicas of all services while a plan is looked for; never more than pools have devices for.
class Replicas {
 public:
  /// None. `problem` outlives this.
  explicit Replicas(const SearchProblem& problem);

  [[nodiscard]] const SearchProblem& problem() const { return *problem_; }

  [[nodiscard]] uint32_t services() const { return static_cast<uint32_t>(traffic_.size()); }

  [[nodiscard]] const Traffic& traffic(uint32_t service) const { return traffic_[service]; }

  [[nodiscard]] const SearchOption& option(uint32_t service, uint32_t option) const {
    return problem_->services[service].options[option];
  }

  /// Devices of `pool` that nothing uses, in thousandths.
  [[nodiscard]] double free_devices(uint32_t pool) const { return free_[pool]; }

  /// Whether the option's own limit permits one more.
  [[nodiscard]] bool may_grow(uint32_t service, uint32_t option) const;
  /// Whether one more also fits into its pool.
  [[nodiscard]] bool can_add(uint32_t service, uint32_t option) const;

  void add(uint32_t service, uint32_t option);
  void drop(uint32_t service, uint32_t option);

  void settle(uint32_t service) { traffic_[service].settle(); }

  /// Femto-yuan per second, without prices of pools.
  [[nodiscard]] double cost() const;

 private:
  const SearchProblem* problem_;
  std::vector<Traffic> traffic_;
  std::vector<double> free_;
};

/// Adds replicas, the one with the largest gain per device first, until none gains any more. Prices
/// of pools count as rent: with them scarce devices go to whom they serve best; without any this is
/// the plain greedy plan.
void grow(Replicas& replicas, const PoolPrices& prices);

/// Adds, drops and swaps replicas of each service while that gains, prices of pools counted as rent.
/// Returns how many changes it made.
uint32_t improve(Replicas& replicas, const PoolPrices& prices);

/// In each pool, gives devices to services that gain more from them than those that have them would
/// lose. Returns how many replicas it added so.
uint32_t exchange(Replicas& replicas);

}  // namespace suan::scheduler
