#include "web_api/accounts/rate_limit.h"

#include <gtest/gtest.h>

namespace suan::web_api {
namespace {

constexpr Time kStart{1h};

TEST(RequestLimit, LetsABurstPassAndThenTheRate) {
  RequestLimit limit(RequestRate{60, 5});
  for (int i = 0; i < 5; ++i)
    EXPECT_FALSE(limit.take("key", kStart)) << i;

  const auto wait = limit.take("key", kStart);

  ASSERT_TRUE(wait);
  EXPECT_NEAR(to_seconds(*wait), 1.0, 0.001);
  EXPECT_FALSE(limit.take("key", kStart + *wait));
  EXPECT_TRUE(limit.take("key", kStart + *wait));
}

TEST(RequestLimit, FillsUpAgainToTheBurstAndNoFurther) {
  RequestLimit limit(RequestRate{60, 5});
  for (int i = 0; i < 5; ++i)
    (void)limit.take("key", kStart);

  int passed = 0;
  while (!limit.take("key", kStart + 24h))
    ++passed;

  EXPECT_EQ(passed, 5);
}

TEST(RequestLimit, CountsEachKeyForItself) {
  RequestLimit limit(RequestRate{60, 1});
  EXPECT_FALSE(limit.take("one", kStart));
  EXPECT_TRUE(limit.take("one", kStart));

  EXPECT_FALSE(limit.take("two", kStart));
}

TEST(RequestLimit, KeepsTheRateOverAMinute) {
  RequestLimit limit(RequestRate{600, 10});

  int passed = 0;
  for (auto now = kStart; now < kStart + 60s; now += 10ms)
    passed += limit.take("key", now) ? 0 : 1;

  EXPECT_NEAR(passed, 610, 1);
}

TEST(FailureLimit, A7_BlocksAnAddressForAMinuteAfterTenFailures) {
  FailureLimit limit;
  for (int i = 0; i < 9; ++i)
    limit.failed("10.0.0.1", kStart);
  EXPECT_FALSE(limit.wait_of("10.0.0.1", kStart));

  limit.failed("10.0.0.1", kStart + 30s);

  EXPECT_EQ(limit.wait_of("10.0.0.1", kStart + 30s), Duration(60s));
  EXPECT_EQ(limit.wait_of("10.0.0.1", kStart + 89s), Duration(1s));
  EXPECT_FALSE(limit.wait_of("10.0.0.1", kStart + 90s));
  EXPECT_FALSE(limit.wait_of("10.0.0.2", kStart + 30s));
}

TEST(FailureLimit, A7_ForgetsFailuresOlderThanAMinute) {
  FailureLimit limit;
  for (int i = 0; i < 9; ++i)
    limit.failed("10.0.0.1", kStart);

  limit.failed("10.0.0.1", kStart + 61s);

  EXPECT_FALSE(limit.wait_of("10.0.0.1", kStart + 61s));
}

TEST(FailureLimit, A7_DoesNotBlockLongerForFailuresDuringTheBlock) {
  FailureLimit limit;
  for (int i = 0; i < 10; ++i)
    limit.failed("10.0.0.1", kStart);

  limit.failed("10.0.0.1", kStart + 59s);

  EXPECT_FALSE(limit.wait_of("10.0.0.1", kStart + 60s));
}

TEST(FailureLimit, A7_BlocksAgainAfterTheNextTenFailures) {
  FailureLimit limit;
  for (int i = 0; i < 10; ++i)
    limit.failed("10.0.0.1", kStart);

  for (int i = 0; i < 10; ++i)
    limit.failed("10.0.0.1", kStart + 61s);

  EXPECT_TRUE(limit.wait_of("10.0.0.1", kStart + 62s));
}

}  // namespace
}  // namespace suan::web_api
