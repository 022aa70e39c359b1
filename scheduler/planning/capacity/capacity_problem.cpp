#include "scheduler/planning/capacity/capacity_problem.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace suan::scheduler {
namespace {

// Far above any real network, and low enough that no sum of products leaves 128 bits.
constexpr int64_t kTrafficMax = 1'000'000'000'000;   // 10^9 etok/s
constexpr int64_t kPriceMax = 1'000'000'000'000;     // a yuan per etok
constexpr int64_t kDevicesMax = 1'000'000'000'000;   // 10^9 devices
constexpr int64_t kRentMax = 1'000'000'000'000'000;  // 10^6 yuan per second
constexpr size_t kPoolsMax = 100'000;
constexpr size_t kServicesMax = 1'000'000;
constexpr size_t kArcsMax = 100'000;  // of one service

Result<void> within(int64_t value, int64_t least, int64_t most, std::string_view what) {
  if (value >= least && value <= most) return {};
  return fail(ErrorCode::BadRequest, "{} is {}, it must be {} to {}", what, value, least, most);
}

Result<void> check_cell(const DemandCell& cell) {
  if (auto result = within(cell.demand_milli, 0, kTrafficMax, "demand_milli"); !result)
    return result;
  return within(cell.unmet_p_per_etok, 0, kPriceMax, "unmet_p_per_etok");
}

Result<void> check_option(const CapacityProblem& problem, const CapacityOption& option) {
  if (option.pool >= problem.pools.size())
    return fail(ErrorCode::BadRequest, "there is no pool {}", option.pool);
  if (auto result = within(option.devices_milli, 1, kDevicesMax, "devices_milli"); !result)
    return result;
  if (auto result = within(option.capacity_milli, 1, kTrafficMax, "capacity_milli"); !result)
    return result;
  if (auto result = within(option.fixed_n_per_s, 0, kRentMax, "fixed_n_per_s"); !result)
    return result;
  return within(option.switch_n_per_s, 0, kRentMax, "switch_n_per_s");
}

Result<void> check_service(const CapacityProblem& problem, const ServiceDemand& service) {
  const size_t arcs = service.cells.size() * service.options.size();
  if (arcs > kArcsMax || service.cells.size() > kArcsMax || service.options.size() > kArcsMax)
    return fail(ErrorCode::BadRequest, "more than {} arcs", kArcsMax);
  if (service.cost_p_per_etok.size() != arcs) {
    return fail(ErrorCode::BadRequest, "{} costs for {} options and {} cells",
                service.cost_p_per_etok.size(), service.options.size(), service.cells.size());
  }
  for (const DemandCell& cell : service.cells) {
    if (auto result = check_cell(cell); !result) return result;
  }
  for (const CapacityOption& option : service.options) {
    if (auto result = check_option(problem, option); !result) return result;
  }
  for (const int64_t cost : service.cost_p_per_etok) {
    if (cost == kNoArc) continue;
    if (auto result = within(cost, 0, kPriceMax, "cost_p_per_etok"); !result) return result;
  }
  return {};
}

}  // namespace

int64_t count_limit(const CapacityProblem& problem, const CapacityOption& option) {
  return std::min(int64_t{option.count_max},
                  problem.pools[option.pool].devices_milli / option.devices_milli);
}

Result<void> check(const CapacityProblem& problem) {
  if (problem.pools.size() > kPoolsMax || problem.services.size() > kServicesMax)
    return fail(ErrorCode::BadRequest, "more than {} pools or {} services", kPoolsMax,
                kServicesMax);
  for (size_t i = 0; i < problem.pools.size(); ++i) {
    const auto result = within(problem.pools[i].devices_milli, 0, kDevicesMax, "devices_milli");
    if (!result) return fail(ErrorCode::BadRequest, "pool {}: {}", i, result.error().message);
  }
  for (size_t i = 0; i < problem.services.size(); ++i) {
    const auto result = check_service(problem, problem.services[i]);
    if (!result)
      return fail(ErrorCode::BadRequest, "service {}: {}", i, result.error().message);
  }
  return {};
}

}  // namespace suan::scheduler
