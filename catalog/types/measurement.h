#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/time.h"

namespace suan {

/// How far a number can be trusted, worst first (`scheduler.md`, section 6.2).
enum class Evidence : uint8_t {
  Claim,       // operator or vendor
  Micro,       // the node's own measurement: memory bandwidth, tokens/s at joining
  Production,  // real traffic on the gateway's clock
  Serving,     // a sealed `serve.*` run on the observer's clock
};

/// What was measured; each has its own unit.
enum class Metric : uint8_t {
  DecodeTokensPerSecond,  // one request alone
  PrefillTokensPerSecond,
  TtftMilliseconds,  // median at low load, over the users' path
  TpotMilliseconds,  // median at low load
  RttMilliseconds,   // control plane to node
  MemoryReadGbPerSecond,
  MatrixGflopPerSecond,
};

/// One number about one node (and model) that placement may rely on.
struct Measurement {
  std::string run_id;  // the benchmark run, or `join:<node>:<boot>`
  SiteId site;
  NodeId node;
  ModelId model;  // unset for numbers of the machine
  Metric metric{};
  double value = 0;
  std::optional<double> low;  // 95% interval, where the method gives one
  std::optional<double> high;
  double log_sd = 0;  // standard deviation of ln(value)
  Evidence evidence{};
  WallTime at{};
};

/// Standard deviation of ln(rate) that evidence of this kind carries.
[[nodiscard]] double log_sd_of(Evidence evidence);

/// `decode_tokens_per_s`, `ttft_ms`, ...: the name in JSON, SQL and on the wire.
[[nodiscard]] std::string_view to_string(Metric metric);
[[nodiscard]] std::optional<Metric> metric_of(std::string_view name);
[[nodiscard]] std::string_view to_string(Evidence evidence);
[[nodiscard]] std::optional<Evidence> evidence_of(std::string_view name);

}  // namespace suan
