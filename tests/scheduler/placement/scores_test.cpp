#include "scheduler/placement/scores.h"

#include <gtest/gtest.h>

#include "scheduler/placement/place.h"
#include "tests/scheduler/placement/small_network.h"

namespace suan::scheduler {
namespace {

// The example of scheduler.md, section 4.3: prompt 3,000, output 300, one device, 16 slots.
struct Example {
  RequestFacts request = long_request();
  Work work = work_of(request, {.output_tokens_p50 = 300, .output_tokens_p90 = 300});
  Prices prices{
      .input_n_per_token = 2000, .cached_n_per_token = 400, .output_n_per_token = 8000};

  Terms a(Policy policy) {
    const Speed speed{.prefill_ns_per_token = 125'000, .step_ns_first = 30'000'000};
    return terms(policy, speed, 24ms, 0, 6000, {.tokens = 2048, .is_holder = true});
  }

  Terms b(Policy policy) {
    const Speed speed{.prefill_ns_per_token = 100'000, .step_ns_first = 28'000'000};
    return terms(policy, speed, 15ms, 1'000'000, 500, {});
  }

 private:
  Terms terms(Policy policy,
              const Speed& speed,
              Duration round_trip,
              int64_t shadow_price,
              uint32_t queued,
              const CachedPrefix& cached) {
    request.wishes.policy = policy;
    const ReplicaRow replica{.slots = 16, .expected = speed, .cautious = speed};
    const NodeRow node{.round_trip = round_trip, .shadow_price_n_per_device_s = shadow_price};
    const Load load{.slots = 16, .prefill_tokens_queued = queued};
    return score(request, work, replica, node, prices, load, cached, kNow);
  }
};

TEST(Score, AddsRoundTripQueueAndPrefillToTheTimeToFirstToken) {
  Example example;

  EXPECT_EQ(example.a(Policy::Balanced).ttft_us(), 893'000);
  EXPECT_EQ(example.b(Policy::Balanced).ttft_us(), 365'000);
}

TEST(Score, ChargesCachedTokensAndDeviceTimeAtTheirPrices) {
  Example example;

  EXPECT_EQ(example.a(Policy::Balanced).price_n, 5'123'200);
  EXPECT_EQ(example.b(Policy::Balanced).price_n, 8'400'000);
  EXPECT_EQ(example.b(Policy::Balanced).shadow_price_n, 825'000);
}

TEST(Score, PrefersTheQuickReplicaWhenBalancedAndTheCheapOneByCost) {
  Example example;

  EXPECT_EQ(example.a(Policy::Balanced).score_us, 3'155'320);
  EXPECT_EQ(example.b(Policy::Balanced).score_us, 2'967'500);
  EXPECT_EQ(example.a(Policy::Cost).score_us, 6'419'700);
  EXPECT_EQ(example.b(Policy::Cost).score_us, 10'247'500);
}

TEST(Score, StretchesTokensWithTheBatch) {
  const Speed speed{
      .prefill_ns_per_token = 1000, .step_ns_first = 1'000'000, .step_ns_more = 250'000};

  EXPECT_EQ(predict({}, speed, 0s, 0, 0).tpot_us, 1000);
  EXPECT_EQ(predict({}, speed, 0s, 4, 0).tpot_us, 2000);
}

TEST(Score, PenalisesOldReportsDistrustAndMissedTimeLimits) {
  RequestFacts request = long_request();
  request.wishes.ttft_max = 100ms;
  const Work work{.prompt_tokens = 200};
  const Speed speed{.prefill_ns_per_token = 1'000'000};  // 200 ms: 100 above the limit
  const ReplicaRow replica{.slots = 1, .expected = speed, .cautious = speed};
  const NodeRow node{.trust_milli = 800};
  const Load load{.slots = 1, .reported_at = kNow - 7s};

  const Terms terms = score(request, work, replica, node, {}, load, {}, kNow);

  EXPECT_EQ(terms.penalty_us, 200'000 + 4 * 100'000 + 2'000'000);
}

TEST(Score, CountsBatchRequestsByExpectationAndOthersCautiously) {
  RequestFacts request = long_request();
  const Work work{.prompt_tokens = 1000};
  const ReplicaRow replica{.slots = 1,
                           .expected = {.prefill_ns_per_token = 1000},
                           .cautious = {.prefill_ns_per_token = 2000}};

  EXPECT_EQ(score(request, work, replica, {}, {}, {}, {}, kNow).prefill_us, 2000);
  request.wishes.priority = Priority::Batch;
  EXPECT_EQ(score(request, work, replica, {}, {}, {}, {}, kNow).prefill_us, 1000);
}

TEST(Score, SaturatesInsteadOfOverflowing) {
  RequestFacts request = long_request();
  request.wishes.policy = Policy::Cost;
  const Work work{.prompt_tokens = 1U << 24U, .choices = 128, .output_tokens = 1U << 24U};
  const Speed speed{.prefill_ns_per_token = 1'000'000'000,
                    .step_ns_first = 60'000'000'000,
                    .step_ns_more = 60'000'000'000};
  const ReplicaRow replica{.slots = 1, .expected = speed, .cautious = speed};
  const NodeRow node{.shadow_price_n_per_device_s = INT64_MAX, .devices = UINT32_MAX};
  const Load load{.in_flight = 1'000'000, .prefill_tokens_queued = UINT32_MAX};

  const Terms terms = score(request, work, replica, node,
                            {100'000'000, 100'000'000, 100'000'000}, load, {}, kNow);

  EXPECT_GT(terms.score_us, 1'000'000'000'000);
}

TEST(Work, GuessesTokensFromBytesAndLearnedLengths) {
  RequestFacts request = long_request();
  const ModelRow model{
      .bytes_per_token_milli = 3000, .output_tokens_p50 = 50, .output_tokens_p90 = 700};

  const Work work = work_of(request, model);

  EXPECT_EQ(work.prompt_tokens, 4000U);
  EXPECT_EQ(work.output_tokens, 50U);
  EXPECT_EQ(work.output_tokens_p90, 300U);  // as many as were asked for
  EXPECT_EQ(work.kv_tokens(8192), 4300U);
  EXPECT_EQ(work.kv_tokens(4100), 4100U);  // no more than the context holds
}

TEST(Work, NeedsNoRoomToCountTokens) {
  RequestFacts request = long_request();
  request.kind = RequestKind::Tokenize;

  EXPECT_EQ(work_of(request, {}).kv_tokens(8192), 0U);
}

}  // namespace
}  // namespace suan::scheduler
