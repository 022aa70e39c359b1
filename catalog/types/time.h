#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace suan {

/// All durations inside the system: whole microseconds in 64 bits.
using Duration = std::chrono::duration<int64_t, std::micro>;

/// The clock of a `Loop`: monotonic, or virtual in a simulation. Only a loop can read it.
struct LoopClock {
  using rep = int64_t;
  using period = std::micro;
  using duration = Duration;
  using time_point = std::chrono::time_point<LoopClock, Duration>;
  static constexpr bool is_steady = true;
};

/// A moment on a loop's clock; never sent to another process (durations are).
using Time = LoopClock::time_point;

/// A moment of the calendar, UTC; for records and people, never for deadlines.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

using std::chrono_literals::operator""us;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;

/// Microseconds since 1970, as the store keeps them (`*_us` columns).
[[nodiscard]] constexpr int64_t to_us(WallTime time) {
  return time.time_since_epoch().count();
}

[[nodiscard]] constexpr WallTime wall_time_of_us(int64_t us) {
  return WallTime(Duration(us));
}

[[nodiscard]] constexpr double to_ms(Duration duration) {
  return static_cast<double>(duration.count()) / 1e3;
}

[[nodiscard]] constexpr double to_seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

/// RFC 3339 in UTC with milliseconds: `2026-11-25T19:52:00.123Z`.
[[nodiscard]] std::string to_rfc3339(WallTime time);

}  // namespace suan
