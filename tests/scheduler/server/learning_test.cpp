#include "scheduler/server/learning.h"

#include <gtest/gtest.h>

namespace suan::scheduler {
namespace {

constexpr WallTime kWall = wall_time_of_us(1'795'435'200'000'000);

FinishedWork work(uint32_t batch, Duration decode) {
  return {.node = NodeId("bj-1"),
          .site = SiteId("beijing"),
          .model = ModelId("stories-moe"),
          .prompt_bytes = 300,
          .usage = {.prompt_tokens = 100, .completion_tokens = 101, .cached_tokens = 0},
          .prefill = 100ms,
          .decode = decode,
          .batch_max = batch};
}

struct World {
  World() : learning(estimator) {
    estimator.set_prior(NodeId("bj-1"), ModelId("stories-moe"), 100, 1000, 0.35, kWall);
  }

  void finish(const FinishedWork& done, Duration at) {
    learning.finished(done, {Time(at), kWall + at});
  }

  double believed(Duration at) {
    return estimator.estimate(NodeId("bj-1"), ModelId("stories-moe"), kWall + at)
        ->decode_tokens_per_s;
  }

  Estimator estimator;
  Learning learning;
};

TEST(Learning, TrafficAloneInItsBatchMovesTheEstimateOncePerWindow) {
  World world;

  for (int i = 0; i < 9; ++i)
    world.finish(work(1, 500ms), Duration(i * 1'000'000));
  const double within = world.believed(9s);
  world.finish(work(1, 500ms), 10s);

  EXPECT_NEAR(within, 100, 1);
  EXPECT_GT(world.believed(10s), 150) << "200 tokens/s were seen";
  EXPECT_LT(world.believed(10s), 200);
}

TEST(Learning, ASharedBatchProvesNoLowerRate) {
  World world;

  for (int i = 0; i <= 10; ++i)
    world.finish(work(8, 5s), Duration(i * 1'000'000));

  EXPECT_GT(world.believed(10s), 90) << "20 tokens/s within a batch of 8 say little";
}

TEST(Learning, PromptsTeachBytesPerToken) {
  World world;

  for (int i = 0; i < 500; ++i)
    world.finish(work(0, 1s), 1s);

  const ModelFacts facts = world.learning.facts(ModelId("stories-moe"));
  EXPECT_NEAR(facts.bytes_per_token_milli, 3000, 10);
  EXPECT_NEAR(facts.output_tokens_p50, 101, 6);
  EXPECT_GE(facts.output_tokens_p90, facts.output_tokens_p50);
}

}  // namespace
}  // namespace suan::scheduler
