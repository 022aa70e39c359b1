#include "node_agent/local_launcher.h"

#include <gtest/gtest.h>

#include "tests/node_agent/engine_world.h"

namespace suan::node_agent {
namespace {

struct LauncherWorld {
  LauncherWorld() {
    LocalLauncherConfig config;
    config.slots = 2;
    config.measure_max = 100ms;
    config.drain_max = 60s;
    launcher =
        std::make_unique<LocalLauncher>(loop, ModelDepot({bundled_model_path()}, {}), config);
  }

  static WantedReplica wanted(uint64_t id, uint64_t epoch, const char* model = "stories-moe") {
    return {ReplicaId(id), epoch, ModelId(model), ""};
  }

  bool becomes(ReplicaState state) {
    return loop.run_until([&] {
      return launcher->replicas().size() == 1 && launcher->replicas()[0].state == state;
    });
  }

  ThreadedLoop loop;
  std::unique_ptr<LocalLauncher> launcher;
};

TEST(LocalLauncher, LoadsMeasuresServesAndUnloads) {
  LauncherWorld world;
  world.launcher->want({LauncherWorld::wanted(1, 1)});
  EXPECT_EQ(world.launcher->replicas().at(0).state, ReplicaState::Loading);

  ASSERT_TRUE(world.becomes(ReplicaState::Ready));

  const LaunchedReplica& replica = world.launcher->replicas()[0];
  const ReplicaCapacity capacity = replica.runner->capacity();
  EXPECT_EQ(capacity.slots, 2U);
  EXPECT_EQ(capacity.context_tokens, 512U);
  EXPECT_GT(capacity.prefill_tokens_per_s, 1);
  EXPECT_GT(capacity.decode_tokens_per_s, 1);
  EXPECT_GT(capacity.decode_tokens_per_s_full, 1);
  world.launcher->want({});
  EXPECT_TRUE(world.loop.run_until([&] { return world.launcher->replicas().empty(); }));
}

TEST(LocalLauncher, ANewGrantKeepsTheLoadedReplica) {
  LauncherWorld world;
  world.launcher->want({LauncherWorld::wanted(1, 1)});
  ASSERT_TRUE(world.becomes(ReplicaState::Ready));
  const Runner* runner = world.launcher->replicas()[0].runner;

  world.launcher->want({LauncherWorld::wanted(1, 7)});
  world.launcher->want({LauncherWorld::wanted(1, 6)});  // late and old

  EXPECT_EQ(world.launcher->replicas()[0].runner, runner);
  EXPECT_EQ(world.launcher->replicas()[0].lease_epoch, 7U);
}

TEST(LocalLauncher, FinishesWhatRunsBeforeItUnloads) {
  LauncherWorld world;
  world.launcher->want({LauncherWorld::wanted(1, 1)});
  ASSERT_TRUE(world.becomes(ReplicaState::Ready));
  Runner* runner = world.launcher->replicas()[0].runner;
  Seen seen;
  runner->on_event([&](StreamId, RunnerEvent event) { seen.take(std::move(event)); });
  RequestFacts facts;
  facts.kind = RequestKind::Completion;
  runner->submit({StreamId(1), facts,
                  std::make_shared<const std::string>(
                      R"({"prompt":"Once","max_tokens":100,"ignore_eos":true})")});

  world.launcher->want({});
  EXPECT_EQ(world.launcher->replicas().at(0).state, ReplicaState::Draining);
  ASSERT_TRUE(world.loop.run_until([&] { return world.launcher->replicas().empty(); }));

  ASSERT_TRUE(seen.done);
  EXPECT_EQ(seen.done->usage.completion_tokens, 100U);
}

TEST(LocalLauncher, AMissingModelOrOtherDigestFailsWithASentence) {
  LauncherWorld world;
  world.launcher->want({LauncherWorld::wanted(1, 1, "absent")});
  EXPECT_EQ(world.launcher->replicas().at(0).state, ReplicaState::Failed);
  EXPECT_NE(world.launcher->replicas().at(0).error.find("absent"), std::string::npos);

  WantedReplica other = LauncherWorld::wanted(2, 1);
  other.digest = std::string(64, '0');
  world.launcher->want({other});
  EXPECT_EQ(world.launcher->replicas().at(0).state, ReplicaState::Failed);
  EXPECT_NE(world.launcher->replicas().at(0).error.find("digest"), std::string::npos);
}

TEST(LocalLauncher, MayBeDestroyedWhileItLoads) {
  LauncherWorld world;
  world.launcher->want({LauncherWorld::wanted(1, 1), LauncherWorld::wanted(2, 1)});
  world.launcher.reset();
  SUCCEED();
}

}  // namespace
}  // namespace suan::node_agent
