#include "scheduler/placement/scores.h"

#include <algorithm>

namespace suan::scheduler {

namespace {

constexpr int64_t kHomeCreditUs = 50'000;
constexpr int64_t kSloPenaltyFactor = 4;
constexpr int64_t kReportAgeUsMax = 5'000'000;
constexpr int64_t kHalfOpenUs = 500'000;
// Above any sane term (31 years), and three weighted ones still fit 64 bits.
constexpr int64_t kTermMax = 1'000'000'000'000'000;

/// a * b, at most kTermMax. Requires: neither is negative.
int64_t product(int64_t a, int64_t b) {
  int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) {
    return kTermMax;
  }
  return std::min(result, kTermMax);
}

int64_t prefill_us(int64_t tokens, const Speed& speed) {
  return product(tokens, speed.prefill_ns_per_token) / 1000;
}

int64_t price_n(const Work& work, const Prices& prices, uint32_t cached) {
  return product(work.prompt_tokens - cached, prices.input_n_per_token) +
         product(cached, prices.cached_n_per_token) +
         product(int64_t{work.output_tokens} * work.choices, prices.output_n_per_token);
}

int64_t penalty_us(const RequestFacts& request,
                   const Terms& terms,
                   const NodeRow& node,
                   const Load& load,
                   Time now) {
  int64_t penalty = (1000 - int64_t{node.trust_milli}) * 1000;
  if (request.wishes.ttft_max) {
    const int64_t above = terms.ttft_us() - request.wishes.ttft_max->count();
    penalty += kSloPenaltyFactor * std::max<int64_t>(above, 0);
  }
  if (load.reported_at != Time{}) {
    penalty += std::max<int64_t>((now - load.reported_at).count() - kReportAgeUsMax, 0);
  }
  return penalty + (load.breaker.is_half_open(now) ? kHalfOpenUs : 0);
}

}  // namespace

PolicyWeights weights_of(Policy policy) {
  switch (policy) {
    case Policy::Latency:
      return {.ttft_milli = 1000, .output_milli = 300, .price_milli = 10};
    case Policy::Balanced:
      return {.ttft_milli = 1000, .output_milli = 200, .price_milli = 100};
    case Policy::Cost:
      return {.ttft_milli = 500, .output_milli = 100, .price_milli = 1000};
    case Policy::Throughput:
      return {.ttft_milli = 200, .output_milli = 1000, .price_milli = 100};
  }
  return {};
}

Terms score(const RequestFacts& request,
            const Work& work,
            const ReplicaRow& replica,
            const NodeRow& node,
            const Prices& prices,
            const Load& load,
            const CachedPrefix& cached,
            Time now) {
  const bool is_cautious = request.wishes.priority == Priority::Interactive;
  const Speed& speed = is_cautious ? replica.cautious : replica.expected;
  // At least the last token is always computed.
  const uint32_t hit =
      work.prompt_tokens == 0 ? 0 : std::min(cached.tokens, work.prompt_tokens - 1);
  Work missing = work;
  missing.prompt_tokens -= hit;

  const Prediction expected = predict(missing, replica.expected, node.round_trip,
                                      load.in_flight, load.prefill_tokens_queued);
  Terms terms;
  terms.round_trip_us = node.round_trip.count();
  terms.queue_us = prefill_us(load.prefill_tokens_queued, speed);
  terms.prefill_us = prefill_us(missing.prompt_tokens, speed);
  terms.tpot_us = speed.step_ns(int64_t{load.in_flight} + 1) / 1000;
  terms.output_us = product(work.output_tokens, terms.tpot_us);
  terms.price_n = price_n(work, prices, hit);
  const int64_t device_us = product(
      node.devices, terms.prefill_us + terms.output_us / std::max<int64_t>(replica.slots, 1));
  terms.shadow_price_n = product(node.shadow_price_n_per_device_s, device_us) / 1'000'000;
  terms.penalty_us = std::min(penalty_us(request, terms, node, load, now), kTermMax);
  terms.home_us = cached.is_holder ? kHomeCreditUs : 0;
  terms.ttft_expected_us = expected.ttft_us;
  terms.tpot_expected_us = expected.tpot_us;

  const PolicyWeights weights = weights_of(request.wishes.policy);
  terms.score_us =
      (weights.ttft_milli * std::min(terms.ttft_us(), kTermMax) +
       weights.output_milli * terms.output_us +
       weights.price_milli * std::min(terms.price_n + terms.shadow_price_n, kTermMax)) /
          1000 +
      terms.penalty_us - terms.home_us;
  return terms;
}

Prediction predict(const Work& work,
                   const Speed& speed,
                   Duration round_trip,
                   uint32_t in_flight,
                   uint32_t prefill_tokens_queued) {
  return {.ttft_us = round_trip.count() +
                     prefill_us(int64_t{prefill_tokens_queued} + work.prompt_tokens, speed),
          .tpot_us = speed.step_ns(int64_t{in_flight} + 1) / 1000};
}

}  // namespace suan::scheduler
