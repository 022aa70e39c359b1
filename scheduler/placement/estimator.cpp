#include "scheduler/placement/estimator.h"

#include <algorithm>
#include <cmath>

namespace suan::scheduler {

namespace {

// Seven eighths of the old, as TCP smooths its round trips.
constexpr int64_t kSmoothing = 8;

bool is_usable(double value) {
  return std::isfinite(value) && value > 0;
}

double log_sd_of(const Measurement& measurement) {
  return is_usable(measurement.log_sd) ? measurement.log_sd
                                       : suan::log_sd_of(measurement.evidence);
}

void take(std::optional<RateFilter>& filter, double rate, double log_sd, WallTime at) {
  if (filter) {
    filter->observe(rate, log_sd, at);
  } else {
    filter.emplace(rate, log_sd, at);
  }
}

void remember(std::vector<std::string>& run_ids, const std::string& run_id) {
  std::erase(run_ids, run_id);
  run_ids.insert(run_ids.begin(), run_id);
  run_ids.resize(std::min(run_ids.size(), Estimator::kRunsKept));
}

}  // namespace

void Estimator::set_prior(const NodeId& node,
                          const ModelId& model,
                          double decode_tokens_per_s,
                          double prefill_tokens_per_s,
                          double log_sd,
                          WallTime at) {
  Entry& entry = entries_[{node, model}];
  if (!entry.decode && is_usable(decode_tokens_per_s)) {
    entry.decode.emplace(decode_tokens_per_s, log_sd, at);
  }
  if (!entry.prefill && is_usable(prefill_tokens_per_s)) {
    entry.prefill.emplace(prefill_tokens_per_s, log_sd, at);
  }
  entry.estimate_id = ++last_estimate_id_;
}

void Estimator::observe(const Measurement& measurement) {
  if (!is_usable(measurement.value)) {
    return;
  }
  if (measurement.metric == Metric::RttMilliseconds) {
    const Duration sample(std::llround(measurement.value * 1e3));
    const auto [found, is_new] = round_trips_.emplace(measurement.node, sample);
    if (!is_new) {
      found->second += (sample - found->second) / kSmoothing;
    }
    return;
  }
  if (!measurement.model.is_set()) {
    return;
  }
  Entry& entry = entries_[{measurement.node, measurement.model}];
  switch (measurement.metric) {
    case Metric::DecodeTokensPerSecond:
      take_decode(entry, measurement, measurement.value);
      break;
    case Metric::PrefillTokensPerSecond:
      take(entry.prefill, measurement.value, log_sd_of(measurement), measurement.at);
      break;
    case Metric::TpotMilliseconds:
      entry.tpot_ms = measurement.value;
      take_decode(entry, measurement, 1e3 / measurement.value);
      break;
    case Metric::TtftMilliseconds:
      entry.ttft_ms = measurement.value;
      break;
    default:
      return;
  }
  entry.evidence = std::max(entry.evidence, measurement.evidence);
  entry.estimate_id = ++last_estimate_id_;
  remember(entry.run_ids, measurement.run_id);
}

void Estimator::take_decode(Entry& entry, const Measurement& measurement, double tokens_per_s) {
  // One run tells TPOT and its inverse: that is one piece of evidence, not two.
  if (entry.decode_run_id == measurement.run_id && entry.decode) {
    return;
  }
  entry.decode_run_id = measurement.run_id;
  take(entry.decode, tokens_per_s, log_sd_of(measurement), measurement.at);
}

void Estimator::observe_at_least(const NodeId& node,
                                 const ModelId& model,
                                 double decode_tokens_per_s,
                                 WallTime at) {
  const auto found = entries_.find({node, model});
  if (found == entries_.end() || !found->second.decode || !is_usable(decode_tokens_per_s)) {
    return;
  }
  found->second.decode->observe_at_least(decode_tokens_per_s,
                                         suan::log_sd_of(Evidence::Production), at);
  found->second.estimate_id = ++last_estimate_id_;
}

std::optional<Estimate> Estimator::estimate(const NodeId& node,
                                            const ModelId& model,
                                            WallTime now) const {
  const auto found = entries_.find({node, model});
  if (found == entries_.end() || !found->second.decode) {
    return std::nullopt;
  }
  const Entry& entry = found->second;
  const RateFilter decode = entry.decode->at(now);
  Estimate estimate{.estimate_id = entry.estimate_id,
                    .decode_tokens_per_s = decode.mean(),
                    .decode_tokens_per_s_low = decode.lower_bound(),
                    .decode_log_sd = decode.log_sd(),
                    .ttft_ms = entry.ttft_ms,
                    .tpot_ms = entry.tpot_ms,
                    .evidence = entry.evidence,
                    .run_ids = entry.run_ids,
                    .is_suspect = decode.is_suspect()};
  if (entry.prefill) {
    const RateFilter prefill = entry.prefill->at(now);
    estimate.prefill_tokens_per_s = prefill.mean();
    estimate.prefill_tokens_per_s_low = prefill.lower_bound();
    estimate.prefill_log_sd = prefill.log_sd();
    estimate.is_suspect = estimate.is_suspect || prefill.is_suspect();
  }
  return estimate;
}

std::optional<Duration> Estimator::round_trip(const NodeId& node) const {
  const auto found = round_trips_.find(node);
  return found == round_trips_.end() ? std::nullopt : std::optional(found->second);
}

void Estimator::forget(const NodeId& node) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.first.first == node; });
  round_trips_.erase(node);
}

}  // namespace suan::scheduler
