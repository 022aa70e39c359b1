#include "bench/run.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "bench/run_summary.h"
#include "tests/bench/core/fake_target.h"

namespace suan::bench {
namespace {

constexpr int64_t kMs = 1'000'000;

Timeline four_requests() {
  Timeline timeline;
  timeline.warmup = {{.number = 0, .output_tokens = 5, .is_warmup = true}};
  for (uint32_t i = 1; i <= 4; ++i) {
    timeline.measured.push_back({.number = i,
                                 .start_ns = int64_t{i} * 10 * kMs,
                                 .prompt_tokens = 8,
                                 .output_tokens = 5});
  }
  return timeline;
}

RunResult played(FakeTarget& target, const Timeline& timeline, int64_t seconds = 60) {
  return play(
      target, timeline, {.deadline_ns = target.now_ns() + seconds * 1000 * kMs},
      [] { return false; }, [](uint32_t, uint32_t) {});
}

TEST(Run, MeasuresTheFirstTokenFromTheIntendedStart) {
  FakeTarget target;

  const RunResult run = played(target, four_requests());

  EXPECT_EQ(run.status, "complete");
  ASSERT_EQ(run.requests.size(), 4U);
  for (const RequestRecord& request : run.requests) {
    EXPECT_EQ(request.ttft_ms(), 20);
    EXPECT_EQ(request.tpot_ms(), 5);
    EXPECT_EQ(request.usage.completion_tokens, 5U);
  }
}

TEST(Run, CountsALateGeneratorAgainstTheMeasurementAndFlagsIt) {
  FakeTarget target;
  target.dispatch_delay_ns = 7 * kMs;

  const RunResult run = played(target, four_requests());

  EXPECT_GE(*run.requests[0].ttft_ms(), 27);  // 20 of the server and 7 of ours
  const auto flags = validity_flags(run, 0);
  EXPECT_EQ(std::ranges::count(flags, "dispatch_delay"), 1);
}

TEST(Run, DoesNotWaitForAnswersBeforeTheNextRequest) {
  FakeTarget target;
  target.ttft_ns = 500 * kMs;  // far longer than the gaps

  const RunResult run = played(target, four_requests());

  for (const RequestRecord& request : run.requests) {
    EXPECT_EQ(request.dispatch_ns, request.start_ns);
    EXPECT_EQ(request.ttft_ms(), 500);
  }
  EXPECT_TRUE(validity_flags(run, 0).empty());
}

TEST(Run, SendsOneAtATimeWhenAskedTo) {
  FakeTarget target;
  Timeline timeline = four_requests();
  timeline.is_one_at_a_time = true;

  const RunResult run = played(target, timeline);

  for (size_t i = 1; i < run.requests.size(); ++i) {
    EXPECT_GE(run.requests[i].dispatch_ns, run.requests[i - 1].chunks_ns.back());
  }
}

TEST(Run, EndsAtItsDeadlineWhenTheTargetIsSilent) {
  FakeTarget target;
  target.is_silent = true;

  const RunResult run = played(target, four_requests(), 1);

  EXPECT_EQ(run.status, "timeout");
  EXPECT_EQ(run.requests[0].status, "cancelled");
  EXPECT_FALSE(run.requests[0].ttft_ms());
}

TEST(Run, StopsWhenItIsAborted) {
  FakeTarget target;

  const RunResult run = play(
      target, four_requests(), {.deadline_ns = INT64_MAX}, [&] { return target.started >= 2; },
      [](uint32_t, uint32_t) {});

  EXPECT_EQ(run.status, "aborted");
  EXPECT_EQ(target.started, 2U);
}

TEST(Run, TellsProgressOfEveryRequest) {
  FakeTarget target;
  std::vector<uint32_t> told;

  (void)play(
      target, four_requests(), {.deadline_ns = INT64_MAX}, [] { return false; },
      [&](uint32_t done, uint32_t total) {
        told.push_back(done);
        EXPECT_EQ(total, 5U);
      });

  EXPECT_EQ(told, (std::vector<uint32_t>{1, 2, 3, 4, 5}));
}

TEST(Flags, MarkFailedRequestsStolenTimeAndImpossibleTimes) {
  FakeTarget target;
  target.status = "error";
  EXPECT_EQ(validity_flags(played(target, four_requests()), 0),
            std::vector<std::string>{"errors"});

  FakeTarget fine;
  RunResult run = played(fine, four_requests());
  EXPECT_EQ(validity_flags(run, 0.02), std::vector<std::string>{"host_noise"});

  run.requests[2].chunks_ns.front() = run.requests[2].dispatch_ns - 1;
  EXPECT_EQ(validity_flags(run, 0), std::vector<std::string>{"impossible_time"});
}

TEST(Flags, MarkARateThatWasNotReached) {
  FakeTarget target;
  RunResult run = played(target, four_requests());

  run.requests.back().dispatch_ns += 1 * kMs;  // 31 ms instead of 30: 97%

  EXPECT_EQ(validity_flags(run, 0), std::vector<std::string>{"rate_not_met"});
}

TEST(Summary, TakesMediansAndTheHarmonicRate) {
  FakeTarget target;
  RunResult run = played(target, four_requests());
  run.requests[3].status = "error";

  const RunSummary summary = summarize(run, {.ttft_ms = 20, .tpot_ms = 5});

  EXPECT_EQ(summary.requests, 4U);
  EXPECT_EQ(summary.ok, 3U);
  EXPECT_EQ(summary.ttft_ms_p50, 20);
  EXPECT_EQ(summary.tpot_ms_p50, 5);
  EXPECT_DOUBLE_EQ(*summary.decode_tokens_per_s, 200);
  EXPECT_EQ(summary.attainment, 0.75);  // the failed one stays in the denominator
}

TEST(Steal, IsAShareOfTheTimeBetweenTwoReadings) {
  EXPECT_EQ(steal_share({.total = 100, .stolen = 5}, {.total = 300, .stolen = 9}), 0.02);
  EXPECT_EQ(steal_share({}, {}), 0);
}

}  // namespace
}  // namespace suan::bench
