#include "bench/sim/policy_comparison.h"

#include <gtest/gtest.h>

namespace suan::bench {
namespace {

ScenarioReport report(const std::string& policy, uint64_t seed, double goodput) {
  ScenarioReport report;
  report.policy = policy;
  report.seed = seed;
  report.goodput_per_s = goodput;
  report.requests = 100;
  report.succeeded = 90;
  report.ttft_ms_p50 = 10 * goodput;
  return report;
}

TEST(PolicyComparison, SubtractsSeedBySeed) {
  std::vector<ScenarioReport> reports;
  for (uint64_t seed = 0; seed < 6; ++seed) {
    // Seeds differ by far more than policies do.
    reports.push_back(report("ours", seed, 10.0 * static_cast<double>(seed)));
    reports.push_back(report("other", seed, 10.0 * static_cast<double>(seed) - 1));
  }

  const auto summaries = compare(reports);

  ASSERT_EQ(summaries.size(), 2U);
  EXPECT_EQ(summaries[0].policy, "ours");
  EXPECT_EQ(summaries[0].goodput_per_s, 25);
  EXPECT_EQ(summaries[0].refused, 10);
  EXPECT_EQ(summaries[1].goodput_difference, -1);
  EXPECT_EQ(summaries[1].difference_low, -1);
  EXPECT_EQ(summaries[1].difference_high, -1);
  EXPECT_EQ(summaries[1].ttft_ms_p50, 240);
}

TEST(PolicyComparison, GivesNoIntervalForTooFewSeeds) {
  const auto summaries = compare({report("ours", 1, 10), report("other", 1, 12)});

  EXPECT_EQ(summaries[1].goodput_difference, 2);
  EXPECT_FALSE(summaries[1].difference_low);
}

TEST(PolicyComparison, GivesNoTimeWhereARunServedNobody) {
  std::vector<ScenarioReport> reports{report("ours", 1, 10), report("ours", 2, 0)};
  reports[1].ttft_ms_p50.reset();

  EXPECT_FALSE(compare(reports)[0].ttft_ms_p50);
}

}  // namespace
}  // namespace suan::bench
