#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/target.h"
#include "bench/workload.h"

namespace suan::bench {

/// What became of one request; times in ns since the measured phase began.
struct RequestRecord {
  uint32_t number = 0;
  int64_t start_ns = 0;     // s: intended
  int64_t dispatch_ns = 0;  // d: sent
  std::vector<int64_t> chunks_ns;
  std::string status;
  std::string error;
  Usage usage;

  [[nodiscard]] bool is_ok() const { return status == "ok"; }

  /// From the intended start, so that a late generator or a queue in front cannot hide.
  [[nodiscard]] std::optional<double> ttft_ms() const;
  /// Mean time between tokens after the first; nothing for a single token.
  [[nodiscard]] std::optional<double> tpot_ms() const;
};

struct RunLimits {
  int64_t deadline_ns = 0;  // for the whole execution, on the target's clock
  uint32_t in_flight_max = 10'000;
};

/// How an execution went.
struct RunResult {
  std::string status = "complete";  // complete, aborted, timeout
  std::string reason;
  std::vector<RequestRecord> warmup;
  std::vector<RequestRecord> requests;
  bool is_generator_capped = false;
};

/// Plays a timeline at a target: warm-up one request after another, then open loop. A request
/// leaves at its intended time whatever became of those before it.
///
/// `is_aborted` ends it early; `on_progress` hears of every request that ended.
/// Threads:  blocks the caller, on whose thread the target's callbacks run.
[[nodiscard]] RunResult play(
    Target& target,
    const Timeline& timeline,
    const RunLimits& limits,
    const std::function<bool()>& is_aborted,
    const std::function<void(uint32_t done, uint32_t total)>& on_progress);

}  // namespace suan::bench
