#pragma once

#include <string>
#include <vector>

#include "bench/scenario/requests.h"
#include "bench/scenario/scenario.h"
#include "bench/sim/policy_comparison.h"
#include "catalog/types/json.h"

// Heavy: only .cpp files include this header.

namespace suan::cli {

/// What `suan sim run` has to tell.
struct SimOutcome {
  bench::Scenario scenario;
  bench::RequestPlan plan;  // of the first seed
  std::vector<bench::ScenarioReport> reports;
};

/// The scenario in a few lines: load, machines (all modelled, with their sources), what was left out
/// of its files.
[[nodiscard]] std::string scenario_text(const bench::Scenario& scenario,
                                        const bench::RequestPlan& plan);

/// One row a policy, then refusals and tokens by site of the first run, then what was violated.
[[nodiscard]] std::string sim_text(const SimOutcome& outcome);

/// Everything, as one document of format `suan.sim/1`.
[[nodiscard]] Json sim_json(const SimOutcome& outcome);

}  // namespace suan::cli
