#pragma once

#include <span>
#include <vector>

namespace suan::bench {

/// Ascending copy: what every function here wants.
[[nodiscard]] std::vector<double> sorted(std::span<const double> values);

/// Interpolated quantile: h = (n-1)p, x[floor h] + (h - floor h)(x[floor h + 1] - x[floor h]).
///
/// Requires: `ascending` is sorted and not empty; 0 <= p <= 1.
/// Source:   Hyndman and Fan (1996), type 7
[[nodiscard]] double quantile_type7(std::span<const double> ascending, double p);

/// The smallest value that at least p of all do not exceed: x[max(1, ceil(pn - 1e-9))].
///
/// Requires: as above.
[[nodiscard]] double quantile_nearest_rank(std::span<const double> ascending, double p);

/// quantile_type7 at one half, of values in any order. Requires: not empty.
[[nodiscard]] double median(std::span<const double> values);

/// Requires: not empty, all positive.
[[nodiscard]] double harmonic_mean(std::span<const double> values);

}  // namespace suan::bench
