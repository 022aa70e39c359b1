#include <chrono>

#include <gtest/gtest.h>

#include "bench/sim/sim_cluster.h"

namespace suan::bench {
namespace {

/// Everything that can go wrong, at the size of the promise: 100 agents, 10,000 requests, 1 hour.
SimOptions stormy_hour(uint64_t seed) {
  return {.seed = seed,
          .message_loss = 0.001,
          .duplication = 0.001,
          .node_crashes = 40,
          .node_freezes = 20,
          .connection_resets = 40,
          .partitions = 20,
          .scheduler_crashes = 2};
}

void expect_no_violation(const SimReport& report, uint64_t seed) {
  for (const std::string& violation : report.violations) {
    ADD_FAILURE() << "seed " << seed << ": " << violation;
  }
}

TEST(SimCluster, ServesEveryRequestOfACalmHour) {
  const SimReport report = simulate({.seed = 1, .nodes = 20, .requests = 2'000});

  expect_no_violation(report, 1);
  EXPECT_EQ(report.failed, 0U);
  EXPECT_EQ(report.succeeded + report.cancelled, 2'000U);
  EXPECT_GT(report.tokens, 100'000U);
}

TEST(SimCluster, KeepsItsInvariantsThroughAStormyHour) {
  const auto start = std::chrono::steady_clock::now();
  const SimReport report = simulate(stormy_hour(1));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;

  expect_no_violation(report, 1);
  EXPECT_GT(report.succeeded, 9'000U);
  EXPECT_GT(report.retried, 0U);
  RecordProperty("seconds", std::to_string(took.count()));
  std::printf(
      "one simulated hour, 100 agents: %.2f s, %lu messages; %u done, %u failed, %u left\n",
      took.count(), report.messages, report.succeeded, report.failed, report.cancelled);
}

TEST(SimCluster, RepeatsItselfForEqualSeeds) {
  SimOptions options = stormy_hour(7);
  options.nodes = 20;
  options.requests = 2'000;

  const SimReport first = simulate(options);
  const SimReport second = simulate(options);
  options.seed = 8;
  const SimReport other = simulate(options);

  EXPECT_EQ(first.digest, second.digest);
  EXPECT_EQ(first.messages, second.messages);
  EXPECT_NE(first.digest, other.digest);
}

class SimSeeds : public testing::TestWithParam<uint64_t> {};

TEST_P(SimSeeds, KeepTheInvariants) {
  SimOptions options = stormy_hour(GetParam());
  options.nodes = 3 + GetParam() % 20;
  options.requests = 500;
  options.duration = 10min;
  options.message_loss = 0.01 * static_cast<double>(GetParam() % 4);
  options.duplication = 0.005 * static_cast<double>(GetParam() % 3);

  expect_no_violation(simulate(options), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Fixed, SimSeeds, testing::Range<uint64_t>(100, 140));

}  // namespace
}  // namespace suan::bench
