#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace suan::bench {

/// A confidence interval whose ends are observed values; an end that no rank supports is unset
/// ("not enough samples").
struct RankInterval {
  std::optional<double> low;
  std::optional<double> high;
  uint64_t rank_low = 0;  // 1-based; 0: none
  uint64_t rank_high = 0;
  double coverage = 0;  // achieved, when both ends are there; at least the confidence asked for
};

/// Exact interval of a quantile by order statistics: no assumption but independence.
///
/// l = largest k with P(Bin(n,q) <= k-1) <= a/2; u = smallest k <= n with
/// P(Bin(n,q) <= k-1) >= 1 - a/2; the interval is [x(l), x(u)].
/// Requires: `ascending` is sorted; 0 < q < 1; 0 < confidence < 1.
/// Source:   David and Nagaraja, Order Statistics (2003), section 7.1
[[nodiscard]] RankInterval quantile_interval(std::span<const double> ascending,
                                             double q,
                                             double confidence = 0.95);

}  // namespace suan::bench
