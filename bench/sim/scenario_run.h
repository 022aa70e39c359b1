#pragma once

#include <cstdint>
#include <string>

#include "bench/scenario/requests.h"
#include "bench/scenario/scenario.h"
#include "bench/sim/scenario_report.h"

namespace suan::bench {

/// Runs the real `ServerRole`, `Gateway` and `Agent` through a scenario in virtual time: the network
/// joins and loads, requests come for the scenario's duration, what runs ends, and everything is
/// healed and checked.
///
/// `plan` is `make_requests(scenario, seed)`; runs that share both differ in `policy` alone (a name
/// of `baselines()`). Equal arguments give equal reports.
/// Errors:   BadRequest   no such policy
///           Unavailable  the network did not come up; names a node
[[nodiscard]] Result<ScenarioReport> simulate(const Scenario& scenario,
                                              const RequestPlan& plan,
                                              uint64_t seed,
                                              const std::string& policy);

}  // namespace suan::bench
