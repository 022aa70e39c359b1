#include "scheduler/planning/capacity/search_problem.h"

namespace suan::scheduler {
namespace {

SearchOption search_option(const CapacityProblem& problem, const CapacityOption& option) {
  return {.pool = option.pool,
          .devices = static_cast<double>(option.devices_milli),
          .capacity = static_cast<double>(option.capacity_milli),
          .fixed = static_cast<double>(option.fixed_n_per_s) * kFemtoPerNano,
          .switching = static_cast<double>(option.switch_n_per_s) * kFemtoPerNano,
          .present = static_cast<double>(option.present),
          .count_max = static_cast<double>(count_limit(problem, option))};
}

SearchService search_service(const CapacityProblem& problem, const ServiceDemand& service) {
  SearchService result;
  for (const DemandCell& cell : service.cells) {
    result.demand.push_back(static_cast<double>(cell.demand_milli));
    result.unmet.push_back(static_cast<double>(cell.unmet_p_per_etok));
  }
  for (const CapacityOption& option : service.options)
    result.options.push_back(search_option(problem, option));
  for (const int64_t cost : service.cost_p_per_etok)
    result.cost.push_back(cost == kNoArc ? kNever : static_cast<double>(cost));
  return result;
}

}  // namespace

SearchProblem search_problem(const CapacityProblem& problem) {
  SearchProblem result;
  for (const DevicePool& pool : problem.pools)
    result.devices.push_back(static_cast<double>(pool.devices_milli));
  for (const ServiceDemand& service : problem.services)
    result.services.push_back(search_service(problem, service));
  return result;
}

}  // namespace suan::scheduler
