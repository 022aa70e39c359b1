#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/planning/capacity/search_problem.h"
#include "scheduler/planning/flow/network_simplex.h"

namespace suan::scheduler {

/// One service by itself, with prices for devices, and replicas that need not be whole.
///
/// Each cell takes its cheapest option; where one is asked for more replicas than it may have, it is
/// a minimum-cost flow, which begins where the last one ended.
/// Threads:  one at a time
class ServiceRelaxation {
 public:
  /// `service` outlives this.
  explicit ServiceRelaxation(const SearchService& service);

  /// `rents`: per option, of one replica, with the price of its pool. [femto-yuan/s]
  void solve(const std::vector<double>& rents);

  /// The least cost at those rents. [femto-yuan/s]
  [[nodiscard]] double cost() const { return cost_; }

  /// Replicas per option.
  [[nodiscard]] const std::vector<double>& counts() const { return counts_; }

  /// Per cell: what one etok more would cost. [pico-yuan/etok]
  [[nodiscard]] const std::vector<double>& cell_prices() const { return cell_prices_; }

 private:
  void build_flow();
  void solve_by_choice(const std::vector<double>& rents);
  void solve_by_flow(const std::vector<double>& rents);

  const SearchService* service_;
  std::optional<NetworkSimplex> flow_;
  uint32_t first_rented_ = 0;  // arc of option 0 to the sink; the others' follow
  uint32_t first_unmet_ = 0;   // arc of cell 0 to the sink
  double cost_ = 0;
  std::vector<double> counts_;
  std::vector<double> cell_prices_;
  std::vector<uint32_t> chosen_;
};

}  // namespace suan::scheduler
