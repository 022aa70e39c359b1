#include "bench/scenario/service_rates.h"

#include <cmath>

#include <gtest/gtest.h>

namespace suan::bench {
namespace {

/// 3.8 billion weights of two bytes: 7.6 GB, as in the example of the design.
ServedModel dense() {
  return {.parameters = 3.8e9,
          .parameters_active = 3.8e9,
          .bytes_per_weight = 2,
          .kv_bytes_per_token = 100'000,
          .context_tokens = 4'096};
}

DeviceProfile device() {
  return {.name = "D", .memory_gb = 64, .bandwidth_gb_s = 896, .compute_tflops = 152};
}

TEST(ServiceRates, ReadTheWeightsOnceAStep) {
  const auto rates = service_rates(dense(), device(), 1, 64);
  ASSERT_TRUE(rates) << rates.error();

  // 7.6 GB at 896 GB/s are 8.48 ms; a token's 7.6 GFLOP at 152 TFLOP/s are 50 us.
  EXPECT_NEAR(rates->step_dense_s, 0.00848, 0.00001);
  EXPECT_NEAR(rates->step_per_request_s, 50e-6, 1e-9);
  EXPECT_NEAR(rates->prefill_tokens_per_s, 20'000, 1e-6);
  // Half a millisecond of launching, the weights, 10 requests, 10,000 cached tokens of 100 kB.
  EXPECT_NEAR(rates->step_s(10, 10'000), 0.0005 + 0.008482 + 10 * 50e-6 + 0.001116, 1e-6);
  EXPECT_NEAR(rates->prefill_s(1'000), 0.0005 + 0.008482 + 0.05, 1e-6);
  // 0.9 x 64 GB without the weights, in tokens of 100 kB.
  EXPECT_EQ(rates->kv_tokens, 500'000U);
}

TEST(ServiceRates, ReadOnlyTheExpertsThatABatchChose) {
  // 64 experts of 1 GB, 6 of them for a token, and 4 GB that every token reads.
  ServedModel model = dense();
  model.parameters = 34e9;
  model.parameters_active = 5e9;
  model.experts = 64;
  model.experts_per_token = 6;

  const auto rates = service_rates(model, device(), 2, 64);
  ASSERT_TRUE(rates) << rates.error();

  const double bytes_per_s = 2 * 896e9;
  EXPECT_NEAR(rates->step_experts_s * bytes_per_s, 64e9, 1);
  EXPECT_NEAR(rates->step_dense_s * bytes_per_s, 4e9, 1);
  const auto experts_read = [&](double batch) {
    const double other =
        rates->step_base_s + rates->step_dense_s + batch * rates->step_per_request_s;
    return (rates->step_s(batch, 0) - other) * bytes_per_s / 1e9;
  };
  EXPECT_NEAR(experts_read(1), 6, 0.01);
  EXPECT_NEAR(experts_read(8), 34.9, 0.1);
  EXPECT_NEAR(experts_read(64), 63.9, 0.1);
}

TEST(ServiceRates, GiveTheRequestsPerSecondOfTheDesignsExample) {
  // t = 20 + 0.5 B ms, 24 slots, prompts of 0.1 s, answers of 300 tokens: 2 requests/s.
  const ServiceRates rates{.step_base_s = 0.020,
                           .step_per_request_s = 0.0005,
                           .prefill_tokens_per_s = 10'000,
                           .slots = 24,
                           .kv_tokens = 1'000'000};

  EXPECT_NEAR(requests_per_s(rates, 1'000, 300), 2.0, 1e-9);
}

TEST(ServiceRates, NameTheFigureThatADeviceLacks) {
  DeviceProfile unknown = device();
  unknown.compute_tflops = 0;
  unknown.source = "press";

  const auto rates = service_rates(dense(), unknown, 1, 64);

  ASSERT_FALSE(rates);
  EXPECT_EQ(rates.error().message, "device D has no figure for its compute (press)");
}

TEST(ServiceRates, RefuseAModelThatDoesNotFit) {
  ServedModel large = dense();
  large.parameters = 30e9;
  large.parameters_active = 30e9;

  const auto rates = service_rates(large, device(), 1, 64);

  ASSERT_FALSE(rates);
  EXPECT_EQ(rates.error().message,
            "60 GB of weights and a cache of 4096 tokens (0.4096 GB) do not fit: 0 GB are left "
            "for the cache");
}

TEST(ServiceRates, RefuseExpertsThatCannotBe) {
  ServedModel model = dense();
  model.parameters_active = 0.1e9;
  model.experts = 8;
  model.experts_per_token = 6;

  EXPECT_FALSE(service_rates(model, device(), 1, 64));
}

}  // namespace
}  // namespace suan::bench
