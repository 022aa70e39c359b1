#include "scheduler/planning/forecast.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "catalog/types/random.h"

namespace suan::scheduler {
namespace {

constexpr WallTime kStart{24h * 20'000};  // a midnight

/// Asks for `per_second` from `from` until `to`, once a second.
void ask(Forecast& forecast, double per_second, WallTime from, WallTime to) {
  for (WallTime at = from; at < to; at += 1s)
    forecast.add(per_second, at);
}

TEST(Forecast, ExpectsNothingOfWhatWasNeverAskedFor) {
  Forecast forecast;

  EXPECT_EQ(forecast.expected(kStart), 0);
  EXPECT_EQ(forecast.high(kStart), 0);
}

TEST(Forecast, ExpectsMoreOfWhatIsSteady) {
  Forecast forecast;

  ask(forecast, 50, kStart, kStart + 1h);

  EXPECT_NEAR(forecast.expected(kStart + 1h), 50, 1e-9);
  EXPECT_NEAR(forecast.high(kStart + 1h), 55, 1e-9);
}

TEST(Forecast, FollowsARushAtOnceAndForgetsItSlowly) {
  Forecast forecast;
  ask(forecast, 10, kStart, kStart + 1h);

  ask(forecast, 500, kStart + 1h, kStart + 1h + 10s);
  const double in_rush = forecast.expected(kStart + 1h + 10s);
  ask(forecast, 10, kStart + 1h + 10s, kStart + 1h + 15min);
  const double after = forecast.expected(kStart + 1h + 15min);

  EXPECT_NEAR(in_rush, 500, 1e-9);
  EXPECT_GT(after, 10 + 490 * 0.3);
  EXPECT_LT(after, 10 + 490 * 0.45);
}

TEST(Forecast, SeesARushWithinItsWindow) {
  Forecast forecast;
  ask(forecast, 10, kStart, kStart + 1h);

  forecast.add(6000, kStart + 1h + 1s);

  EXPECT_NEAR(forecast.expected(kStart + 1h + 2s), 600, 1e-9);
}

TEST(Forecast, IsExceededInOneWindowOfTen) {
  Forecast forecast;
  Random random(61);
  int windows = 0;
  int exceeded = 0;
  for (WallTime at = kStart; at < kStart + 6h; at += 10s) {
    const double high = forecast.high(at);
    const double work = 100 * random.exponential();
    if (at >= kStart + 2h) {
      ++windows;
      exceeded += work / 10 > high ? 1 : 0;
    }
    forecast.add(work, at);
  }

  EXPECT_NEAR(exceeded / static_cast<double>(windows), 0.1, 0.05);
}

TEST(Forecast, KnowsTheDayAfterTheFirst) {
  Forecast forecast;
  const auto at_hour = [](double hour) {
    return 100 + 80 * std::sin(2 * std::numbers::pi * hour / 24);
  };
  for (WallTime at = kStart; at < kStart + 54h; at += 10s)
    forecast.add(10 * at_hour(to_seconds(at - kStart) / 3600), at);

  // At six in the morning of the third day.
  EXPECT_NEAR(forecast.expected(kStart + 54h), at_hour(6), 5);
  Forecast without_day;
  without_day.add(1, kStart);
  ask(without_day, at_hour(6), kStart, kStart + 1h);
  EXPECT_NEAR(without_day.expected(kStart + 1h), at_hour(6), 1);
}

TEST(Forecast, OutlivesSilenceAndClocksThatJump) {
  Forecast forecast;
  ask(forecast, 50, kStart, kStart + 1h);

  EXPECT_LT(forecast.expected(kStart + 24h * 365), 1e-6);
  // Set back by a year: an hour of the same demand is not one window of a rush.
  ask(forecast, 50, kStart, kStart + 1h);
  EXPECT_NEAR(forecast.expected(kStart + 1h), 50, 1);
}

}  // namespace
}  // namespace suan::scheduler
