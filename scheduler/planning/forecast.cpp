#include "scheduler/planning/forecast.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace suan::scheduler {
namespace {

constexpr double kWindowSeconds = 10;
constexpr double kLevelSeconds = 15 * 60;
constexpr double kRush = 2;  // times the forecast: a jump, not noise
constexpr double kHighMin = 1.1;
constexpr double kHighQuantile = 0.9;
constexpr double kNewDay = 0.3;  // weight of the latest day in the profile
constexpr double kProfileMin = 0.1;
constexpr double kProfileMax = 10;
constexpr int64_t kWindowsPerBin = 60;
constexpr int64_t kWindowsPerDay = 8'640;
constexpr int64_t kClosedMax =
    kWindowsPerDay;  // after a longer silence nothing more is learned

}  // namespace

void Forecast::add(double work, WallTime at) {
  const int64_t window = to_us(at) / kWindowUs;
  if (window_ < 0) window_ = first_window_ = window;
  close_until(window);
  work_ += work;
}

double Forecast::expected(WallTime now) {
  if (window_ < 0) return 0;
  close_until(to_us(now) / kWindowUs);
  const double forecast = level_ * profile(window_);
  const double so_far = work_ / kWindowSeconds;
  // A rush is seen before its window has passed.
  return so_far > kRush * forecast ? so_far : forecast;
}

double Forecast::high(WallTime now) {
  const double expected_now = expected(now);
  std::vector<double> ratios(
      ratios_.begin(),
      ratios_.begin() + static_cast<int64_t>(std::min(ratios_count_, kRatiosMax)));
  if (ratios.empty()) return kHighMin * expected_now;
  const auto at = static_cast<int64_t>(kHighQuantile * static_cast<double>(ratios.size() - 1));
  std::ranges::nth_element(ratios, ratios.begin() + at);
  return std::max(kHighMin, ratios[static_cast<size_t>(at)]) * expected_now;
}

void Forecast::close_until(int64_t window) {
  if (window < window_) {
    window_ = first_window_ = window;
    work_ = 0;
  }
  if (window - window_ > kClosedMax) window_ = window - kClosedMax;
  while (window_ < window) {
    close(work_ / kWindowSeconds);
    work_ = 0;
    ++window_;
    if (window_ % kWindowsPerBin == 0) end_bin(bins_[bin_of(window_ - 1)]);
  }
}

void Forecast::close(double per_second) {
  const double usual = profile(window_);
  const double forecast = level_ * usual;
  if (forecast > 0) ratios_[ratios_count_++ % kRatiosMax] = per_second / forecast;
  if (per_second > kRush * forecast) {
    level_ = per_second / usual;
  } else {
    level_ += (per_second / usual - level_) * (kWindowSeconds / kLevelSeconds);
  }
  Bin& bin = bins_[bin_of(window_)];
  bin.sum += per_second;
  ++bin.windows;
}

void Forecast::end_bin(Bin& bin) {
  if (bin.windows == 0) return;
  const double today = bin.sum / bin.windows;
  bin.usual = bin.usual == 0 ? today : bin.usual + kNewDay * (today - bin.usual);
  bin.sum = 0;
  bin.windows = 0;
}

/// This time of the day against the mean of all; 1 until a whole day is known.
double Forecast::profile(int64_t window) const {
  if (window - first_window_ < kWindowsPerDay) return 1;
  double mean = 0;
  for (const Bin& bin : bins_)
    mean += bin.usual / kBins;
  const double usual = bins_[bin_of(window)].usual;
  return mean > 0 ? std::clamp(usual / mean, kProfileMin, kProfileMax) : 1;
}

size_t Forecast::bin_of(int64_t window) const {
  return static_cast<size_t>(window / kWindowsPerBin) % kBins;
}

}  // namespace suan::scheduler
