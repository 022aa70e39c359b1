#include "web_api/accounts/rate_limit.h"

#include <algorithm>
#include <cassert>

namespace suan::web_api {
namespace {

// A state of 44 bits counts times of 16 us: enough for 8.9 years since the clock's start.
constexpr int64_t kTickUs = 16;

uint64_t ticks_of(Duration duration) {
  return static_cast<uint64_t>(std::max(duration.count(), int64_t{0}) / kTickUs);
}

/// One address's failures: when the window began (or, once full, when it was full), and how many.
struct Failures {
  uint64_t at_ms = 0;
  uint64_t count = 0;
};

constexpr uint64_t kCountBits = 4;
constexpr uint64_t kCountMask = (1U << kCountBits) - 1;
static_assert(FailureLimit::kFailuresMax <= kCountMask);

uint64_t pack(const Failures& failures) {
  return failures.at_ms << kCountBits | failures.count;
}

Failures unpack(uint64_t state) {
  return {state >> kCountBits, state & kCountMask};
}

uint64_t ms_of(Duration duration) {
  return static_cast<uint64_t>(std::max(duration.count(), int64_t{0}) / 1'000);
}

bool is_full(const Failures& failures) {
  return failures.count >= FailureLimit::kFailuresMax;
}

}  // namespace

RequestLimit::RequestLimit(RequestRate rate, size_t entries)
    : spacing_(std::max(Duration(60s) / std::max(rate.per_minute, 1U), Duration(kTickUs))),
      tolerance_(spacing_ * (std::max(rate.burst, 1U) - 1)),
      cells_(entries) {}

std::optional<Duration> RequestLimit::take(std::string_view key, Time now) {
  const auto now_ticks = ticks_of(now.time_since_epoch());
  const auto spacing = ticks_of(spacing_);
  const auto tolerance = ticks_of(tolerance_);
  std::optional<Duration> wait;
  // The state is the time at which the bucket would be full again.
  cells_.update(key, [&](uint64_t full_at) {
    const auto start = std::max(full_at, now_ticks);
    if (start - now_ticks > tolerance) {
      wait = Duration(static_cast<int64_t>(start - now_ticks - tolerance) * kTickUs);
      return full_at;
    }
    wait.reset();
    return start + spacing;
  });
  return wait;
}

std::optional<Duration> FailureLimit::wait_of(std::string_view address, Time now) const {
  const auto failures = unpack(cells_.find(address));
  const auto now_ms = ms_of(now.time_since_epoch());
  const auto free_at_ms = failures.at_ms + ms_of(kBlock);
  if (!is_full(failures) || now_ms >= free_at_ms) return std::nullopt;
  return std::chrono::milliseconds(free_at_ms - now_ms);
}

void FailureLimit::failed(std::string_view address, Time now) {
  const auto now_ms = ms_of(now.time_since_epoch());
  cells_.update(address, [&](uint64_t state) {
    auto failures = unpack(state);
    const auto lasts_ms = ms_of(is_full(failures) ? kBlock : kWindow);
    if (now_ms >= failures.at_ms + lasts_ms) failures = {now_ms, 0};
    if (is_full(failures)) return state;
    if (failures.count == 0) failures.at_ms = now_ms;
    ++failures.count;
    if (is_full(failures)) failures.at_ms = now_ms;
    return pack(failures);
  });
}

}  // namespace suan::web_api
