#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/engine.h"

namespace suan::engine {

/// log(sum(exp(logits))), right to about 3e-7.
[[nodiscard]] double log_sum_exp(std::span<const float> logits);

/// Logarithm of a token's probability under softmax(logits).
[[nodiscard]] float logprob_of(std::span<const float> logits, int32_t token);

/// The `count` likeliest tokens, likeliest first; of equal ones the lower id.
[[nodiscard]] std::vector<TokenLogprob> top_logprobs(std::span<const float> logits,
                                                     uint32_t count);

}  // namespace suan::engine
