#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "catalog/types/time.h"
#include "web_api/accounts/bounded_cells.h"

namespace suan::web_api {

/// How fast one key may ask: `per_minute` on average, `burst` at once.
struct RequestRate {
  uint32_t per_minute = 6'000;
  uint32_t burst = 200;
};

/// A token bucket per key, in a table of fixed size.
///
/// Units:    times of any one monotonic clock, the same for all calls
/// Threads:  any.
/// Source:   the generic cell rate algorithm, ITU-T I.371, virtual scheduling form
class RequestLimit {
 public:
  explicit RequestLimit(RequestRate rate, size_t entries = 65'536);

  /// Takes one token. Nothing: go ahead. Else how long to wait, and none was taken.
  [[nodiscard]] std::optional<Duration> take(std::string_view key, Time now);

 private:
  Duration spacing_;
  Duration tolerance_;
  BoundedCells cells_;
};

/// Failed authentications per address (A7): the tenth within a minute blocks for 60 s.
///
/// Units:    times of any one monotonic clock, the same for all calls
/// Threads:  any.
class FailureLimit {
 public:
  static constexpr uint32_t kFailuresMax = 10;
  static constexpr Duration kWindow = 60s;
  static constexpr Duration kBlock = 60s;

  explicit FailureLimit(size_t entries = 65'536) : cells_(entries) {}

  /// How long the address still has to wait; nothing when it may try.
  [[nodiscard]] std::optional<Duration> wait_of(std::string_view address, Time now) const;

  /// Counts one failure.
  void failed(std::string_view address, Time now);

 private:
  BoundedCells cells_;
};

}  // namespace suan::web_api
