#pragma once

#include <cstdint>

#include "catalog/types/time.h"

namespace suan::scheduler {

/// Standard deviation of ln(rate) of a prior that nothing better supports, and of a claim.
inline constexpr double kMicroLogSd = 0.35;
inline constexpr double kClaimLogSd = 0.7;

/// What is believed about one rate: a normal distribution of its logarithm.
///
/// Evidence narrows it; time widens it up to the prior and pulls the mean towards the prior's,
/// so that old results fade and never drop to zero.
/// Units:    rates in tokens/s (any positive unit works)
/// Source:   Kalman (1960) in one dimension; `bench.md` section 12, `scheduler.md` section 6.2
class RateFilter {
 public:
  /// Requires: rate > 0, log_sd > 0
  RateFilter(double prior_rate, double prior_log_sd, WallTime at);

  /// Takes a measurement whose logarithm has standard deviation `log_sd`.
  /// Requires: rate > 0, log_sd > 0
  void observe(double rate, double log_sd, WallTime at);

  /// Takes a rate that was reached without saturation: the true one is at least that (Tobit).
  /// Requires: rate > 0, log_sd > 0
  void observe_at_least(double rate, double log_sd, WallTime at);

  /// The belief at `now`, aged without changing this object.
  [[nodiscard]] RateFilter at(WallTime now) const;

  [[nodiscard]] double mean() const;
  [[nodiscard]] double log_sd() const;
  /// The rate that is exceeded with 95% probability: mean * exp(-1.645 sd).
  [[nodiscard]] double lower_bound() const;

  /// Two measurements in a row were more than 3 standard deviations off: probe the node anew.
  [[nodiscard]] bool is_suspect() const { return surprises_ >= 2; }

 private:
  void age_to(WallTime now);

  double prior_mean_ = 0;
  double prior_variance_ = 0;
  double mean_ = 0;  // of ln(rate)
  double variance_ = 0;
  WallTime at_{};
  uint32_t surprises_ = 0;
};

}  // namespace suan::scheduler
