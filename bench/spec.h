#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/result.h"
#include "catalog/types/time.h"

namespace suan::bench {

/// How lengths of prompts or answers are drawn.
///
/// Units:    tokens
struct LengthSpec {
  enum class Kind : uint8_t { Fixed, Uniform, Lognormal };

  Kind kind = Kind::Fixed;
  uint32_t value = 0;  // Fixed
  uint32_t min = 1;    // Uniform, Lognormal
  uint32_t max = 1;
  double p50 = 0;  // Lognormal
  double p95 = 0;
};

enum class Arrivals : uint8_t { Poisson, Constant };
enum class BenchOrder : uint8_t { Interleaved, Sequential };

struct WorkloadSpec {
  Arrivals arrivals = Arrivals::Poisson;
  LengthSpec prompt_tokens{.value = 128};
  LengthSpec output_tokens{.value = 64};
  bool ignore_eos = true;
  uint32_t timeout_s = 60;
  std::string corpus_name = "en_tinystories_a";
  std::string corpus_sha256;
};

struct SloSpec {
  double ttft_ms = 2000;
  double tpot_ms = 80;
  double attainment = 0.99;
};

struct ProtocolSpec {
  uint32_t executions = 6;
  uint32_t warmup_requests = 8;
  double point_seconds = 30;
  BenchOrder order = BenchOrder::Interleaved;
};

struct BudgetSpec {
  double seconds = 0;
  double node_seconds = 0;
  uint64_t bytes = 2'000'000'000;
  uint64_t requests = 200'000;
};

/// One benchmark at one rate; number `cell` counts from 0 in the order of the specification.
struct Cell {
  uint32_t cell = 0;
  std::string benchmark;
  double rate_per_s = 1;
};

/// A `*.bench.json`, read and checked, with all defaults filled in.
struct BenchSpec {
  std::string name;
  std::string question;
  std::vector<std::string> benchmarks;
  uint64_t seed = 1;
  ModelId model;
  std::vector<SiteId> sites;  // empty: all
  WorkloadSpec workload;
  std::vector<double> rates_per_s;
  SloSpec slo;
  ProtocolSpec protocol;
  BudgetSpec budget;
  std::string canonical;    // its canonical bytes
  std::string spec_sha256;  // of them, hex

  [[nodiscard]] std::vector<Cell> cells() const;
  /// Requests of one execution, without warm-up: the same number each time.
  [[nodiscard]] uint32_t requests_of(const Cell& cell) const;
};

/// Reads a specification of the subset that this version runs (`bench.md`, section 3).
///
/// Comments are allowed; unknown and duplicate keys are not, since a misspelt limit must not
/// pass for a default.
/// Errors:   BadRequest  names the key, its line and the nearest known key; `param` is its path
[[nodiscard]] Result<BenchSpec> read_spec(std::string_view text);

}  // namespace suan::bench
