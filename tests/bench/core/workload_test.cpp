#include "bench/workload.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "tests/bench/core/small_spec.h"

namespace suan::bench {
namespace {

Timeline timeline_for(const std::string& site,
                      uint32_t execution,
                      const std::string& nonce = "n") {
  const BenchSpec spec = small_spec();
  const SeedScope scope{.nonce = nonce,
                        .spec_sha256 = spec.spec_sha256,
                        .cell = 0,
                        .execution = execution,
                        .site = SiteId(site),
                        .node = NodeId(site + "-1")};
  return make_timeline(spec, spec.cells()[0], *find_corpus("en_tinystories_a", ""), scope);
}

TEST(Timeline, IsByteForByteTheSameForTheSameSeeds) {
  EXPECT_EQ(timeline_bytes(timeline_for("a", 0)), timeline_bytes(timeline_for("a", 0)));
  EXPECT_NE(timeline_bytes(timeline_for("a", 0)), timeline_bytes(timeline_for("a", 1)));
  EXPECT_NE(timeline_bytes(timeline_for("a", 0)), timeline_bytes(timeline_for("a", 0, "m")));
}

TEST(Timeline, GivesAllSitesTheSameTimesAndLengthsButOtherPrompts) {
  const Timeline a = timeline_for("a", 0);
  const Timeline b = timeline_for("b", 0);

  ASSERT_EQ(a.measured.size(), b.measured.size());
  for (size_t i = 0; i < a.measured.size(); ++i) {
    EXPECT_EQ(a.measured[i].start_ns, b.measured[i].start_ns);
    EXPECT_EQ(a.measured[i].prompt_tokens, b.measured[i].prompt_tokens);
    EXPECT_NE(a.measured[i].prompt, b.measured[i].prompt);
  }
}

TEST(Timeline, HasWarmUpAndAscendingStarts) {
  const Timeline timeline = timeline_for("a", 0);

  EXPECT_EQ(timeline.warmup.size(), 2U);
  EXPECT_EQ(timeline.measured.size(), 4U);
  EXPECT_TRUE(std::ranges::is_sorted(timeline.measured, {}, &ScheduledRequest::start_ns));
  EXPECT_EQ(timeline.measured.front().output_tokens, 5U);
}

TEST(Timeline, ArrivesAtTheAskedRateInTheMean) {
  BenchSpec spec = small_spec();
  spec.protocol.point_seconds = 2500;  // 10,000 requests
  const Timeline timeline = make_timeline(spec, spec.cells()[0],
                                          *find_corpus("en_tinystories_a", ""), {.nonce = "n"});

  const double seconds = static_cast<double>(timeline.measured.back().start_ns) / 1e9;
  EXPECT_NEAR(seconds, 2500, 75);  // 3 standard deviations of 10,000 exponentials
}

TEST(Timeline, NeverRepeatsAPromptInAnExecution) {
  BenchSpec spec = small_spec();
  spec.protocol.point_seconds = 50;
  const Timeline timeline = make_timeline(spec, spec.cells()[0],
                                          *find_corpus("en_tinystories_a", ""), {.nonce = "n"});

  std::set<std::string> prompts;
  for (const ScheduledRequest& request : timeline.measured) {
    EXPECT_FALSE(request.prompt.empty());
    prompts.insert(request.prompt);
  }
  EXPECT_EQ(prompts.size(), timeline.measured.size());
}

TEST(LengthTable, HasTheQuantilesOfItsLognormal) {
  const LengthTable table = length_table(
      {.kind = LengthSpec::Kind::Lognormal, .min = 8, .max = 1000, .p50 = 64, .p95 = 160});

  EXPECT_NEAR(table[127], 64, 1);
  EXPECT_NEAR(table[243], 160, 4);
  EXPECT_TRUE(std::ranges::is_sorted(table));
}

TEST(LengthTable, ClipsAndSpansUniformly) {
  const LengthTable clipped = length_table(
      {.kind = LengthSpec::Kind::Lognormal, .min = 60, .max = 70, .p50 = 64, .p95 = 160});
  EXPECT_EQ(clipped.front(), 60U);
  EXPECT_EQ(clipped.back(), 70U);

  const LengthTable uniform =
      length_table({.kind = LengthSpec::Kind::Uniform, .min = 1, .max = 256});
  EXPECT_EQ(uniform.front(), 1U);
  EXPECT_EQ(uniform.back(), 256U);
}

}  // namespace
}  // namespace suan::bench
