#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/scenario/requests.h"
#include "bench/scenario/scenario.h"
#include "bench/sim/sim_recording.h"

namespace suan::bench {

/// What one run of a scenario showed. `violations` is empty in a correct system.
struct ScenarioReport {
  std::string policy;
  uint64_t seed = 0;
  uint64_t requests = 0;
  uint64_t succeeded = 0;
  uint64_t within_slo = 0;
  double goodput_per_s = 0;  // requests that kept the SLO, over the load's duration
  double slo_share = 0;      // of all requests
  double output_tokens_per_s = 0;
  double cached_share = 0;            // of the prompts' tokens of those that succeeded
  std::optional<double> ttft_ms_p50;  // as the client sees it; unset: nobody was served
  std::optional<double> ttft_ms_p99;
  std::optional<double> tpot_ms_p50;  // of answers of two tokens at least
  std::optional<double> tpot_ms_p99;
  std::map<std::string, uint64_t> refusals;        // by error code
  std::map<std::string, uint64_t> tokens_by_site;  // of output
  double fairness = 0;  // Jain's index over accounts: output served over output asked
  uint64_t retried = 0;
  uint64_t messages = 0;
  uint64_t events = 0;
  uint64_t digest = 0;  // of everything that every client saw
  std::vector<std::string> violations;
};

/// Fills in what clients saw; `seen` stands in the order of `requests`.
///
/// A request keeps the SLO when it succeeds and both its TTFT and its TPOT are within. Its client
/// is a round trip away from the gateway.
void add_outcomes(const Scenario& scenario,
                  const std::vector<ScenarioRequest>& requests,
                  const std::vector<std::shared_ptr<SeenRequest>>& seen,
                  ScenarioReport& report);

/// (sum x)^2 / (n sum x^2): 1 when all are equal, 1/n when one has everything; 0 for none.
/// Source:   Jain, Chiu, Hawe (1984)
[[nodiscard]] double jain_index(const std::vector<double>& shares);

}  // namespace suan::bench
