#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/scenario/day_curve.h"
#include "bench/scenario/scenario_spec.h"
#include "bench/scenario/service_rates.h"
#include "bench/scenario/trace.h"
#include "catalog/types/id.h"
#include "catalog/types/site.h"
#include "catalog/types/time.h"

namespace suan::bench {

struct ScenarioModel {
  ModelId model;
  ServedModel served;
  double share = 1;
  std::string source;  // the catalog's row, or "given by the scenario"
};

struct ScenarioSite {
  Site site;
  Duration one_way{};  // to the control plane: half of 2 x the shortest path + 1 ms
};

/// One node: a modelled machine that serves one model.
struct ScenarioNode {
  uint32_t site = 0;   // index into Scenario::sites
  uint32_t model = 0;  // index into Scenario::models
  uint32_t devices = 1;
  DeviceProfile device;
  ServiceRates rates;
};

/// Requesters of one region.
struct ScenarioClients {
  std::string region;
  Duration one_way{};  // to the control plane, where the gateway is
  double weight = 1;
};

struct ScenarioEvent {
  EventSpec what;
  uint32_t site = 0;  // index into Scenario::sites, where `what.site` names one
};

/// A scenario with everything that its files say.
struct Scenario {
  std::string name;
  std::string question;
  uint64_t seed = 1;
  Duration duration{};
  SloSpec slo;
  LoadSpec load;
  std::vector<ScenarioModel> models;
  std::vector<ScenarioSite> sites;
  std::vector<ScenarioNode> nodes;
  std::vector<ScenarioClients> clients;
  std::vector<ScenarioEvent> events;
  std::vector<float> jitter;       // factors on a delay, equally likely; empty: none
  Trace trace;                     // of ArrivalKind::Trace
  DayCurve day_curve;              // of ArrivalKind::DayCurve
  std::vector<std::string> notes;  // what of the files was left out
};

/// Gives the bytes of a file that a scenario names; an error's message names the file.
using FileReader = std::function<Result<std::string>(const std::string& name)>;

/// Reads a scenario and the files that it names.
///
/// Errors:   BadRequest, TooLarge  one sentence that names the key, the line of a file, the site
///                                 that no path reaches or the model that does not fit
[[nodiscard]] Result<Scenario> read_scenario(std::string_view text, const FileReader& files);

/// As above, from a specification; `spec` may have been changed since it was read.
[[nodiscard]] Result<Scenario> resolve(const ScenarioSpec& spec, const FileReader& files);

}  // namespace suan::bench
