#include "catalog/types/limits.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace suan {

namespace {

constexpr size_t kLogitBiasMax = 1024;
constexpr size_t kStopMax = 16;
constexpr size_t kStopBytesMax = 256;

Result<void> check_range(const char* name, double value, double low, double high) {
  if (value >= low && value <= high) return {};  // false for NaN, too
  return fail_param(ErrorCode::BadRequest, name, "{} must be from {} to {}, not {}", name, low,
                    high, value);
}

Result<void> check_count(const char* name, uint64_t value, uint64_t low, uint64_t high) {
  if (value >= low && value <= high) return {};
  return fail_param(ErrorCode::BadRequest, name, "{} must be from {} to {}, not {}", name, low,
                    high, value);
}

/// A limit that is not known (0) does not bind.
uint64_t known_or_unbound(uint32_t limit) {
  return limit > 0 ? limit : std::numeric_limits<uint32_t>::max();
}

Result<void> check_numbers(const SamplingParams& params) {
  return check_range("temperature", params.temperature, 0, 2)
      .and_then([&] { return check_range("top_p", params.top_p, 0, 1); })
      .and_then([&] { return check_range("min_p", params.min_p, 0, 1); })
      .and_then([&] { return check_range("typical_p", params.typical_p, 0, 1); })
      .and_then(
          [&] { return check_range("frequency_penalty", params.frequency_penalty, -2, 2); })
      .and_then([&] { return check_range("presence_penalty", params.presence_penalty, -2, 2); })
      .and_then([&] {
        return check_range("repetition_penalty", params.repetition_penalty, 0.1, 10);
      });
}

Result<void> check_counts(const SamplingParams& params, const ModelLimits& limits) {
  const uint64_t context = known_or_unbound(limits.context_tokens);
  return check_count("n", params.choices, 1, 8)
      .and_then(
          [&] { return check_count("max_tokens", params.tokens_max.value_or(1), 1, context); })
      .and_then([&] {
        return check_count("top_k", params.top_k, 0, known_or_unbound(limits.vocabulary));
      })
      .and_then([&] { return check_count("top_logprobs", params.top_logprobs, 0, 20); });
}

Result<void> check_logit_bias(const SamplingParams& params, const ModelLimits& limits) {
  if (params.logit_bias.size() > kLogitBiasMax) {
    return fail_param(ErrorCode::BadRequest, "logit_bias",
                      "logit_bias may have {} entries, not {}", kLogitBiasMax,
                      params.logit_bias.size());
  }
  for (const auto& [token, bias] : params.logit_bias) {
    if (token >= known_or_unbound(limits.vocabulary)) {
      return fail_param(ErrorCode::BadRequest, "logit_bias",
                        "logit_bias names token {}, but the vocabulary has {}", token,
                        limits.vocabulary);
    }
    auto is_in_range = check_range("logit_bias", bias, -100, 100);
    if (!is_in_range) return is_in_range;
  }
  return {};
}

Result<void> check_stop(const SamplingParams& params) {
  if (params.stop.size() > kStopMax) {
    return fail_param(ErrorCode::BadRequest, "stop", "stop may have {} texts, not {}", kStopMax,
                      params.stop.size());
  }
  const bool is_fine = std::all_of(
      params.stop.begin(), params.stop.end(),
      [](const auto& text) { return !text.empty() && text.size() <= kStopBytesMax; });
  if (is_fine) return {};
  return fail_param(ErrorCode::BadRequest, "stop", "a stop text must have 1 to {} bytes",
                    kStopBytesMax);
}

}  // namespace

Result<void> check(const SamplingParams& params, const ModelLimits& limits) {
  return check_numbers(params)
      .and_then([&] { return check_counts(params, limits); })
      .and_then([&] { return check_logit_bias(params, limits); })
      .and_then([&] { return check_stop(params); });
}

}  // namespace suan
