#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "catalog/types/time.h"

namespace suan::scheduler {

/// How much one kind of request will ask for, from what it asked for until now.
///
/// A level that follows the demand of the last quarter of an hour, and jumps to a rush at once; times
/// a profile of the day, once the first day is over; and beside it how far such forecasts have been
/// exceeded lately.
/// Units:    work per second, in the unit of what is added
/// Threads:  one owner
class Forecast {
 public:
  /// Demand that has arrived, served or not. A clock that was set back begins a new window.
  void add(double work, WallTime at);

  /// What to expect from now on.
  [[nodiscard]] double expected(WallTime now);

  /// What is exceeded in one window of ten: at least a tenth above what is expected.
  [[nodiscard]] double high(WallTime now);

 private:
  static constexpr int64_t kWindowUs = 10'000'000;
  static constexpr size_t kBins = 144;  // of a day, ten minutes each
  static constexpr size_t kRatiosMax = 200;

  struct Bin {
    double sum = 0;  // of work per second, in the windows of the present day
    uint32_t windows = 0;
    double usual = 0;  // work per second, smoothed over days; 0: not known yet
  };

  void close_until(int64_t window);
  void close(double per_second);
  void end_bin(Bin& bin);
  [[nodiscard]] double profile(int64_t window) const;
  [[nodiscard]] size_t bin_of(int64_t window) const;

  int64_t window_ = -1;  // the open one, since 1970; -1: nothing was added yet
  int64_t first_window_ = 0;
  double work_ = 0;   // in the open window
  double level_ = 0;  // without the profile
  std::array<Bin, kBins> bins_{};
  std::array<double, kRatiosMax> ratios_{};  // of actual to forecast, newest over oldest
  size_t ratios_count_ = 0;
};

}  // namespace suan::scheduler
