#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/model_work.h"

namespace suan::cli {

/// What `suan model bench` is to measure.
struct BenchWish {
  uint32_t prompt_tokens = 512;
  uint32_t generated_tokens = 128;
  std::vector<uint32_t> batches{1};
  std::vector<uint32_t> depths{0};  // tokens in the cache before decoding begins
  uint32_t repetitions = 3;
};

struct BenchResult {
  std::string test;  // prefill, decode
  uint32_t tokens = 0;
  uint32_t depth = 0;
  uint32_t batch = 1;
  std::vector<double> tokens_per_s;  // of all sequences together, one per repetition
  double bytes_per_token = 0;        // that must come from memory; a batch shares weights
};

struct BenchReport {
  std::string model;
  std::string backend;
  std::string isa;  // empty when the backend has none
  uint32_t threads = 1;
  double read_gb_s = 0;  // that as many threads read from memory, just before
  std::vector<BenchResult> results;
};

/// Times the engine with random prompts and greedy decoding, logits and sampling included.
///
/// Throws ModelError for a bad file, Failure when the context is too short for the wish.
[[nodiscard]] BenchReport bench_model(const ModelOptions& options, const BenchWish& wish);

/// The share of the memory's speed that a result reaches, by its median.
[[nodiscard]] double bound_fraction(const BenchReport& report, const BenchResult& result);

/// The JSON shape of interfaces.md section 6, and lines for people.
[[nodiscard]] std::string bench_json(const BenchReport& report);
[[nodiscard]] std::string bench_text(const BenchReport& report);

/// Bytes of weights and cache that one step of `batch` sequences reads: of routed experts those
/// that `batch` independent draws reach on average.
[[nodiscard]] double step_bytes(const engine::Manifest& manifest,
                                uint32_t batch,
                                uint32_t depth);

}  // namespace suan::cli
