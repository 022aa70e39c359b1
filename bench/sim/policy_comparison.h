#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/sim/scenario_report.h"

namespace suan::bench {

/// One policy over several seeds: medians; and against the first policy, seed by seed.
struct PolicySummary {
  std::string policy;
  size_t seeds = 0;
  double goodput_per_s = 0;
  double slo_share = 0;
  std::optional<double> ttft_ms_p50;  // unset: in some run nobody was served
  std::optional<double> ttft_ms_p99;
  std::optional<double> tpot_ms_p50;
  std::optional<double> tpot_ms_p99;
  double cached_share = 0;
  double fairness = 0;
  double refused = 0;
  double retried = 0;
  size_t violations = 0;  // of all runs
  // Goodput minus the first policy's at equal seeds: median, and the exact 95% interval of the
  // median where there are seeds enough (6).
  double goodput_difference = 0;
  std::optional<double> difference_low;
  std::optional<double> difference_high;
};

/// Policies in the order in which they come.
///
/// Requires: every policy has a report of each of the first one's seeds, in the same order.
[[nodiscard]] std::vector<PolicySummary> compare(const std::vector<ScenarioReport>& reports);

}  // namespace suan::bench
