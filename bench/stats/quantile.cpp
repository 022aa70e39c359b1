#include "bench/stats/quantile.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace suan::bench {

std::vector<double> sorted(std::span<const double> values) {
  std::vector<double> ascending(values.begin(), values.end());
  std::ranges::sort(ascending);
  return ascending;
}

double quantile_type7(std::span<const double> ascending, double p) {
  assert(!ascending.empty());
  assert(0 <= p && p <= 1);
  const double h = static_cast<double>(ascending.size() - 1) * p;
  const auto below = static_cast<size_t>(std::floor(h));
  const size_t above = std::min(below + 1, ascending.size() - 1);
  return ascending[below] + (h - std::floor(h)) * (ascending[above] - ascending[below]);
}

double quantile_nearest_rank(std::span<const double> ascending, double p) {
  assert(!ascending.empty());
  assert(0 <= p && p <= 1);
  // The small subtraction keeps a product such as 0.07 * 100, a hair above 7, at rank 7.
  const double rank = std::ceil(p * static_cast<double>(ascending.size()) - 1e-9);
  return ascending[static_cast<size_t>(std::max(1.0, rank)) - 1];
}

double median(std::span<const double> values) {
  return quantile_type7(sorted(values), 0.5);
}

double harmonic_mean(std::span<const double> values) {
  assert(!values.empty());
  double sum = 0;
  for (const double value : values) {
    assert(value > 0);
    sum += 1 / value;
  }
  return static_cast<double>(values.size()) / sum;
}

}  // namespace suan::bench
