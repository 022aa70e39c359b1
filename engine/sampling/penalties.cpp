#include "engine/sampling/penalties.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace suan::engine {
namespace {

/// A logit that has moved stays a finite number.
float as_logit(double value) {
  constexpr double kMost = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(value, -kMost, kMost));
}

}  // namespace

Penalties::Penalties(const Sampling& sampling, std::span<const int32_t> prompt)
    : frequency_(sampling.frequency_penalty),
      presence_(sampling.presence_penalty),
      repetition_(sampling.repetition_penalty),
      has_penalties_(frequency_ != 0 || presence_ != 0 || repetition_ != 1),
      logit_bias_(sampling.logit_bias) {
  if (!has_penalties_) return;
  for (const int32_t token : prompt)
    seen_.try_emplace(token, 0);
}

void Penalties::apply(std::span<float> logits) const {
  for (const auto& [token, count] : seen_) {
    assert(static_cast<size_t>(token) < logits.size());
    float& logit = logits[static_cast<size_t>(token)];
    double value = logit > 0 ? logit / repetition_ : logit * repetition_;
    if (count > 0) value -= frequency_ * count + presence_;
    logit = as_logit(value);
  }
  for (const auto& [token, bias] : logit_bias_) {
    assert(token < logits.size());
    logits[token] = as_logit(static_cast<double>(logits[token]) + static_cast<double>(bias));
  }
}

void Penalties::add(int32_t token) {
  if (has_penalties_) ++seen_[token];
}

}  // namespace suan::engine
