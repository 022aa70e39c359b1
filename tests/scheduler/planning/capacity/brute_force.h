#pragma once

#include <optional>
#include <vector>

#include "scheduler/planning/capacity/capacity_plan.h"
#include "scheduler/planning/capacity/service_flow.h"

namespace suan::scheduler::test {

/// Least cost of all plans, by trying every combination of counts; for tiny problems.
class BruteForce {
 public:
  explicit BruteForce(const CapacityProblem& problem) : problem_(problem) {
    for (const DevicePool& pool : problem.pools)
      free_.push_back(pool.devices_milli);
    for (const ServiceDemand& service : problem.services)
      counts_.emplace_back(service.options.size());
  }

  [[nodiscard]] Wide least_cost() {
    try_service(0, 0);
    return *best_;
  }

 private:
  void try_service(size_t service, Wide cost_before) {
    if (best_ && cost_before >= *best_) return;
    if (service == problem_.services.size()) {
      best_ = cost_before;
      return;
    }
    try_option(service, 0, cost_before);
  }

  void try_option(size_t service, size_t option, Wide cost_before) {
    const ServiceDemand& demand = problem_.services[service];
    if (option == demand.options.size()) {
      try_service(service + 1, cost_before + cost_of(service));
      return;
    }
    const CapacityOption& tried = demand.options[option];
    const int64_t limit = count_limit(problem_, tried);
    int64_t& free = free_[tried.pool];
    for (int64_t n = 0; n <= limit && n * tried.devices_milli <= free; ++n) {
      free -= n * tried.devices_milli;
      counts_[service][option] = n;
      try_option(service, option + 1, cost_before);
      free += n * tried.devices_milli;
    }
    counts_[service][option] = 0;
  }

  [[nodiscard]] Wide cost_of(size_t service) const {
    const ServiceDemand& demand = problem_.services[service];
    const ServicePlan plan = route_service(demand, counts_[service]);
    Wide cost = 0;
    for (size_t i = 0; i < demand.options.size(); ++i) {
      const CapacityOption& option = demand.options[i];
      const int64_t moved = plan.counts[i] - int64_t{option.present};
      cost += Wide{plan.counts[i]} * option.fixed_n_per_s * 1'000'000;
      cost += Wide{moved < 0 ? -moved : moved} * option.switch_n_per_s * 1'000'000;
    }
    for (size_t i = 0; i < plan.flow_milli.size(); ++i) {
      if (plan.flow_milli[i] > 0) cost += Wide{plan.flow_milli[i]} * demand.cost_p_per_etok[i];
    }
    for (size_t cell = 0; cell < demand.cells.size(); ++cell)
      cost += Wide{plan.unmet_milli[cell]} * demand.cells[cell].unmet_p_per_etok;
    return cost;
  }

  const CapacityProblem& problem_;
  std::vector<int64_t> free_;
  std::vector<std::vector<int64_t>> counts_;
  std::optional<Wide> best_;
};

}  // namespace suan::scheduler::test
