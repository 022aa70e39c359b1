#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/planning/capacity/capacity_problem.h"

namespace suan::scheduler {

/// How one model service is served.
struct ServicePlan {
  std::vector<int64_t> counts;       // replicas per option
  std::vector<int64_t> flow_milli;   // [option * cells + cell]
  std::vector<int64_t> unmet_milli;  // per cell
};

/// What is scarce, and what it is worth. Any prices give a bound, see `certify_capacity`.
struct CapacityPrices {
  /// Per pool: what one more device would save, in nano-yuan per second.
  std::vector<int64_t> pool_n_per_device_s;
  /// Per service and cell: what one etok less of demand would save.
  std::vector<std::vector<int64_t>> cell_p_per_etok;
};

/// A plan with its proof.
struct CapacityPlan {
  std::vector<ServicePlan> services;
  CapacityPrices prices;
  Wide cost_f_per_s = 0;   // femto-yuan per second
  Wide bound_f_per_s = 0;  // no plan costs less: proven by the prices

  /// (cost - bound) / bound; nothing where the bound is not above 0.
  [[nodiscard]] std::optional<double> gap() const {
    if (bound_f_per_s <= 0) return std::nullopt;
    return static_cast<double>(cost_f_per_s - bound_f_per_s) /
           static_cast<double>(bound_f_per_s);
  }
};

}  // namespace suan::scheduler
