#include "scheduler/placement/rate_filter.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

namespace suan::scheduler {

namespace {

constexpr double kVariancePerSecond = 1e-4;   // 0.10 becomes 0.20 in 5 minutes
constexpr double kDriftSeconds = 4 * 3600.0;  // time constant towards the prior's mean
constexpr double kQuantile05 = 1.6448536269514722;
constexpr double kSurprising = 3.0;  // standard deviations

double normal_density(double x) {
  return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
}

double normal_tail(double x) {
  return std::erfc(x / std::numbers::sqrt2) / 2;
}

}  // namespace

RateFilter::RateFilter(double prior_rate, double prior_log_sd, WallTime at)
    : prior_mean_(std::log(prior_rate)),
      // A sharp first result must not forbid that it grows stale.
      prior_variance_(std::pow(std::max(prior_log_sd, kMicroLogSd), 2)),
      mean_(prior_mean_),
      variance_(prior_log_sd * prior_log_sd),
      at_(at) {
  assert(prior_rate > 0);
  assert(prior_log_sd > 0);
}

void RateFilter::observe(double rate, double log_sd, WallTime at) {
  assert(rate > 0);
  assert(log_sd > 0);
  age_to(at);
  const double noise = log_sd * log_sd;
  const double innovation = std::log(rate) - mean_;
  const bool is_surprising = std::abs(innovation) > kSurprising * std::sqrt(variance_ + noise);
  surprises_ = is_surprising ? surprises_ + 1 : 0;

  const double gain = variance_ / (variance_ + noise);
  mean_ += gain * innovation;
  variance_ *= 1 - gain;
}

void RateFilter::observe_at_least(double rate, double log_sd, WallTime at) {
  assert(rate > 0);
  assert(log_sd > 0);
  age_to(at);
  // Mean and variance of a normal distribution cut from below by noisy sight (Tobit):
  // v^2 = P + R, alpha = (l - m) / v, h = phi(alpha) / (1 - Phi(alpha)).
  const double spread = std::sqrt(variance_ + log_sd * log_sd);
  // Beyond 8 deviations the tail underflows, and the ratio is alpha itself.
  const double alpha = std::min((std::log(rate) - mean_) / spread, 8.0);
  const double hazard = normal_density(alpha) / normal_tail(alpha);
  mean_ += hazard * variance_ / spread;
  variance_ -= variance_ * variance_ / (spread * spread) * hazard * (hazard - alpha);
}

RateFilter RateFilter::at(WallTime now) const {
  RateFilter aged = *this;
  aged.age_to(now);
  return aged;
}

double RateFilter::mean() const {
  return std::exp(mean_);
}

double RateFilter::log_sd() const {
  return std::sqrt(variance_);
}

double RateFilter::lower_bound() const {
  return std::exp(mean_ - kQuantile05 * log_sd());
}

void RateFilter::age_to(WallTime now) {
  const double seconds = to_seconds(now - at_);
  if (seconds <= 0) {
    return;  // results may arrive out of order
  }
  variance_ = std::min(variance_ + kVariancePerSecond * seconds, prior_variance_);
  mean_ += (prior_mean_ - mean_) * -std::expm1(-seconds / kDriftSeconds);
  at_ = now;
}

}  // namespace suan::scheduler
