#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/types/result.h"

namespace suan {

constexpr uint32_t kToolsMax = 128;          // J4
constexpr size_t kPartBytesMax = 1U << 20U;  // of tools, a schema, a template's variables

/// How tokens are drawn; the ranges stand at `check`.
struct SamplingParams {
  std::optional<uint32_t> tokens_max;  // per choice; unset: up to the context
  uint32_t choices = 1;
  double temperature = 1.0;  // 0: greedy
  double top_p = 1.0;
  double min_p = 0.0;
  double typical_p = 1.0;
  uint32_t top_k = 0;  // 0: all
  double frequency_penalty = 0.0;
  double presence_penalty = 0.0;
  double repetition_penalty = 1.0;
  std::vector<std::pair<uint32_t, double>> logit_bias;
  std::vector<std::string> stop;
  std::optional<uint64_t> seed;
  bool logprobs = false;
  uint32_t top_logprobs = 0;
  bool ignore_eos = false;  // for benchmarks of fixed length
};

/// What bounds a request at one model; 0: not known here, so not checked.
struct ModelLimits {
  uint32_t context_tokens = 0;
  uint32_t vocabulary = 0;
};

/// Ranges of `reliability.md` J4; the gateway calls it, and the agent again.
///
/// Errors:   BadRequest  names the field in `param`, and the range
[[nodiscard]] Result<void> check(const SamplingParams& params, const ModelLimits& limits);

}  // namespace suan
