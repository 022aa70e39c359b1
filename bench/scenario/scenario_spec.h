#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/scenario/devices_file.h"
#include "bench/spec.h"
#include "catalog/types/result.h"

namespace suan::bench {

/// A model service, as a row of the models' file or by its own numbers.
struct ModelSpec {
  std::string id;
  std::string name;  // of the row; empty: by its own numbers
  double size_b = 0;
  std::string format;
  std::string quantization;
  double parameters_b = 0;
  double parameters_active_b = 0;
  double bytes_per_weight = 0;  // 0: by format and quantization
  double kv_bytes_per_token = 0;
  uint32_t experts = 0;
  uint32_t experts_per_token = 0;
  uint32_t context_tokens = 0;  // 0: the row's
  double share = 1;             // of the requests
};

/// Equal nodes at one site.
struct NodesSpec {
  std::string device;
  std::string model;
  uint32_t devices = 1;
  uint32_t count = 1;
  uint32_t slots = 64;
};

struct SiteSpec {
  std::string id;  // of the sites' file, unless `at` is given
  std::string region;
  std::optional<uint32_t> at;  // id of the topology's node
  std::vector<NodesSpec> nodes;
};

/// Where requesters are.
struct ClientsSpec {
  std::string region;
  uint32_t at = 0;  // id of the topology's node
  double weight = 1;
};

enum class ArrivalKind : uint8_t { Poisson, Trace, DayCurve };

struct LoadSpec {
  ArrivalKind arrivals = ArrivalKind::Poisson;
  double rate_per_s = 0;                   // Poisson
  std::string file;                        // Trace; DayCurve: rates
  std::string lengths_file;                // DayCurve
  double day_start_h = 0;                  // DayCurve: the hour at which the run begins
  std::optional<double> utilisation;       // scales time until the busiest model is so loaded
  LengthSpec prompt_tokens{.value = 512};  // Poisson
  LengthSpec output_tokens{.value = 128};  // Poisson
  uint32_t tokens_max = 0;                 // that requests ask for; 0: just what they will get
  uint32_t accounts = 20;
  double deadline_s = 120;
  std::vector<ClientsSpec> clients;  // empty: at every site, equally
};

enum class EventKind : uint8_t { FlashCrowd, SiteLoss, SlowLink, LyingSite, RollingRestart };

/// Something that happens to the network.
struct EventSpec {
  EventKind kind{};
  std::string site;  // all but FlashCrowd; RollingRestart: empty for all
  double at_s = 0;
  double for_s = 0;  // 0: to the end
  double factor =
      1;  // FlashCrowd: of the rate; SlowLink: of the delay; LyingSite: of its claim
  double ramp_s = 0;   // FlashCrowd: up, and down again
  double every_s = 0;  // RollingRestart: node by node
  double down_s = 0;
};

/// A scenario as written, before its files are read.
struct ScenarioSpec {
  std::string name;
  std::string question;
  uint64_t seed = 1;
  double duration_s = 600;
  std::string sites_file;
  std::string devices_file;
  std::string models_file;
  std::string nodes_file;  // of the topology
  std::string links_file;
  std::string jitter_file;  // empty: delays do not vary
  double jitter_max = 3;    // longest delay over the shortest
  uint32_t control_plane_at = 0;
  std::vector<DeviceProfile> profiles;  // given here, before those of the file
  std::vector<ModelSpec> models;
  std::vector<SiteSpec> sites;
  SloSpec slo;
  LoadSpec load;
  std::vector<EventSpec> events;
};

/// Reads `*.json` of `bench/networks`: comments are allowed, unknown keys are not.
///
/// Errors:   BadRequest  names the key, and what is allowed or the nearest known key; `param` is
///                       its path
///           TooLarge
[[nodiscard]] Result<ScenarioSpec> read_scenario_spec(std::string_view text);

}  // namespace suan::bench
