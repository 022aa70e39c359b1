#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/run.h"

namespace suan::bench {

/// CPU time of the machine since it started, in ticks.
struct CpuTimes {
  uint64_t total = 0;
  uint64_t stolen = 0;
};

/// From /proc/stat; zeros where there is none.
[[nodiscard]] CpuTimes read_cpu_times();

/// Share of the time in between that the hypervisor gave to others.
[[nodiscard]] double steal_share(const CpuTimes& before, const CpuTimes& after);

/// Why a run must not be used; empty: valid. The names stand in `bench.md`, section 6.4.
[[nodiscard]] std::vector<std::string> validity_flags(const RunResult& run, double steal);

/// One execution as numbers: each is unset when no request told it.
struct RunSummary {
  uint32_t requests = 0;
  uint32_t ok = 0;
  std::optional<double> ttft_ms_p50;
  std::optional<double> ttft_ms_p99;
  std::optional<double> tpot_ms_p50;
  std::optional<double> decode_tokens_per_s;  // harmonic mean over requests
  double attainment = 0;                      // share within the time limits, of all offered
};

[[nodiscard]] RunSummary summarize(const RunResult& run, const SloSpec& slo);

}  // namespace suan::bench
