#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/planning/capacity/capacity_problem.h"

namespace suan::scheduler {

/// An arc that is never worth taking.
inline constexpr double kNever = 1e15;

/// As CapacityOption; rents and switches in femto-yuan per second.
struct SearchOption {
  uint32_t pool = 0;
  double devices = 0;  // thousandths
  double capacity = 0;
  double fixed = 0;
  double switching = 0;
  double present = 0;
  double count_max = 0;

  /// What replica number `count` + 1 costs, without the price of its pool.
  [[nodiscard]] double rent(double count) const {
    return fixed + (count < present ? -switching : switching);
  }
};

/// One model service, as the search reads it.
struct SearchService {
  std::vector<double> demand;  // per cell
  std::vector<double> unmet;   // per cell: price of not serving it
  std::vector<SearchOption> options;
  std::vector<double> cost;  // [option * cells + cell]; kNever without an arc

  [[nodiscard]] uint32_t cells() const { return static_cast<uint32_t>(demand.size()); }

  [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(options.size()); }

  [[nodiscard]] const double* costs_of(uint32_t option) const {
    return &cost[size_t{option} * demand.size()];
  }

  /// Of a cell's traffic on an option, or, with option == size(), unmet.
  [[nodiscard]] double price(uint32_t cell, uint32_t option) const {
    return option == size() ? unmet[cell] : costs_of(option)[cell];
  }
};

/// The problem in floating point, for looking for good plans and prices. What comes of it is checked
/// in whole numbers.
struct SearchProblem {
  std::vector<double> devices;  // per pool, thousandths
  std::vector<SearchService> services;
};

/// Prices of pools in femto-yuan per second and thousandth of a device.
using PoolPrices = std::vector<double>;

[[nodiscard]] SearchProblem search_problem(const CapacityProblem& problem);

}  // namespace suan::scheduler
