#pragma once

#include <cstdint>
#include <vector>

#include "bench/scenario/scenario.h"

namespace suan::bench {

/// One request of a run, known before the run begins.
struct ScenarioRequest {
  Duration at{};  // after the load's start
  uint32_t prompt_tokens = 0;
  uint32_t output_tokens = 0;
  uint32_t account = 0;
  uint32_t model = 0;        // index into Scenario::models
  uint32_t clients = 0;      // index into Scenario::clients
  uint32_t first_block = 0;  // in Scenario::trace.blocks
  uint32_t blocks = 0;
  uint32_t lap = 0;  // of a trace that is played again: its blocks are others
};

/// All requests of a run, by time.
struct RequestPlan {
  std::vector<ScenarioRequest> requests;
  double speed = 1;        // of a trace's or curve's time; Poisson: 1
  double rate_per_s = 0;   // without crowds, on average
  double utilisation = 0;  // of the busiest model, without crowds
};

/// Draws them. Equal scenarios and seeds give equal requests; what is drawn does not depend on
/// any policy, so runs with equal seeds are paired.
///
/// Errors:   BadRequest  more than 5 million
[[nodiscard]] Result<RequestPlan> make_requests(const Scenario& scenario, uint64_t seed);

}  // namespace suan::bench
