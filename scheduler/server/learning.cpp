#include "scheduler/server/learning.h"

#include <algorithm>
#include <cmath>

namespace suan::scheduler {

namespace {

constexpr Duration kWindow = 10s;
// Fewer tokens say more about start and end than about the rate.
constexpr uint32_t kDecodeTokensMin = 8;
constexpr uint32_t kPrefillTokensMin = 32;
constexpr double kAverageGain = 1.0 / 32;

/// One step of stochastic approximation towards the quantile `p` of a positive quantity: in
/// logarithms, so that the step fits any scale.
///
/// Source:   Robbins and Monro (1951)
void approach_quantile(double& quantile, double value, double p) {
  constexpr double kStep = 0.05;
  quantile *= std::exp(value > quantile ? kStep * p : -kStep * (1 - p));
  quantile = std::clamp(quantile, 1.0, 131'072.0);
}

Measurement rate_of(const FinishedWork& work, Metric metric, double value, WallTime at) {
  Measurement measurement;
  measurement.run_id = "production:" + work.node.value();
  measurement.site = work.site;
  measurement.node = work.node;
  measurement.model = work.model;
  measurement.metric = metric;
  measurement.value = value;
  measurement.evidence = Evidence::Production;
  measurement.log_sd = log_sd_of(Evidence::Production);
  measurement.at = at;
  return measurement;
}

}  // namespace

void Learning::finished(const FinishedWork& work, const Moment& moment) {
  learn_answer(work);
  if (work.batch_max == 0) return;  // it did not reach the engine
  const auto [at, is_new] = windows_.try_emplace({work.node, work.model});
  Window& window = at->second;
  if (is_new) window.began = moment.now;
  add_rates(window, work);
  if (moment.now - window.began < kWindow) return;
  close(work, window, moment.wall);
  window = Window{.began = moment.now};
}

void Learning::learn_answer(const FinishedWork& work) {
  if (work.usage.prompt_tokens == 0 || work.usage.completion_tokens == 0) return;
  Answers& answers = answers_[work.model];
  ++answers.answers;
  if (work.prompt_bytes > 0) {
    const double seen = static_cast<double>(work.prompt_bytes) / work.usage.prompt_tokens;
    answers.bytes_per_token +=
        kAverageGain * (std::clamp(seen, 0.25, 64.0) - answers.bytes_per_token);
  }
  approach_quantile(answers.output_p50, work.usage.completion_tokens, 0.5);
  approach_quantile(answers.output_p90, work.usage.completion_tokens, 0.9);
}

void Learning::add_rates(Window& window, const FinishedWork& work) {
  const uint32_t output = work.usage.completion_tokens;
  const bool has_decode = output >= kDecodeTokensMin && work.decode > Duration::zero();
  if (has_decode && work.batch_max > 1) {
    window.at_least = std::max(window.at_least, (output - 1) / to_seconds(work.decode));
  }
  if (work.batch_max > 1) return;
  if (has_decode) {
    window.decode_tokens += output - 1;  // the first comes from the prefill
    window.decode += work.decode;
  }
  const uint32_t cached = std::min(work.usage.cached_tokens, work.usage.prompt_tokens);
  const uint32_t prompt = work.usage.prompt_tokens - cached;
  if (prompt >= kPrefillTokensMin && work.prefill > Duration::zero()) {
    window.prefill_tokens += prompt;
    window.prefill += work.prefill;
  }
}

void Learning::close(const FinishedWork& work, const Window& window, WallTime at) {
  if (window.decode_tokens > 0) {
    const double rate = static_cast<double>(window.decode_tokens) / to_seconds(window.decode);
    estimator_.observe(rate_of(work, Metric::DecodeTokensPerSecond, rate, at));
  } else if (window.at_least > 0) {
    estimator_.observe_at_least(work.node, work.model, window.at_least, at);
  }
  if (window.prefill_tokens > 0) {
    const double rate = static_cast<double>(window.prefill_tokens) / to_seconds(window.prefill);
    estimator_.observe(rate_of(work, Metric::PrefillTokensPerSecond, rate, at));
  }
}

ModelFacts Learning::facts(const ModelId& model) const {
  ModelFacts facts{.model = model};
  const auto found = answers_.find(model);
  if (found == answers_.end()) return facts;
  const Answers& answers = found->second;
  facts.bytes_per_token_milli = static_cast<uint32_t>(answers.bytes_per_token * 1000);
  facts.output_tokens_p50 = static_cast<uint32_t>(answers.output_p50);
  facts.output_tokens_p90 =
      static_cast<uint32_t>(std::max(answers.output_p90, answers.output_p50));
  return facts;
}

}  // namespace suan::scheduler
