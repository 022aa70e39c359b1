#include "bench/sim/modelled_runner.h"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bench/sim/modelled_launcher.h"
#include "tests/support/manual_loop.h"

namespace suan::bench {
namespace {

using node_agent::DoneEvent;
using node_agent::RunnerEvent;
using node_agent::TokensEvent;

struct Told {
  Time first{};
  Time last{};
  std::string text;
  uint32_t messages = 0;
  std::optional<DoneEvent> done;
};

struct ModelWorld {
  explicit ModelWorld(const ReplicaModel& the_model) : model(the_model), runner(loop, model) {
    runner.on_event([this](StreamId stream, const RunnerEvent& event) {
      Told& one = told[stream.value()];
      if (const auto* tokens = std::get_if<TokensEvent>(&event)) {
        if (one.messages++ == 0) one.first = loop.now();
        one.last = loop.now();
        one.text += tokens->pieces[0].text;
      }
      if (const auto* done = std::get_if<DoneEvent>(&event)) one.done = *done;
    });
  }

  void submit(uint64_t stream,
              uint32_t prompt_tokens,
              uint32_t tokens_max,
              uint32_t output_tokens = 0,
              std::vector<uint64_t> prefix_hashes = {}) {
    node_agent::Work work;
    if (output_tokens > 0) {
      work.body = std::make_shared<const std::string>(modelled_body(output_tokens));
    }
    work.facts.prefix_hashes = std::move(prefix_hashes);
    work.stream = StreamId(stream);
    work.facts.request = RequestId(Uuid{9, stream});
    work.facts.prompt_bytes = prompt_tokens * kModelledBytesPerToken;
    work.facts.tokens_max = tokens_max;
    runner.submit(std::move(work));
  }

  ManualLoop loop;
  ReplicaModel model;
  ModelledRunner runner;
  std::map<uint64_t, Told> told;
};

ReplicaModel model_of_round_numbers() {
  ReplicaModel model;
  model.prefill_tokens_per_s = 1'000;
  model.step_base = 10ms;
  model.step_per_sequence = 10ms;  // 20 ms alone, 30 ms each for two
  model.slots = 2;
  return model;
}

TEST(ModelledRunner, TokensComeWhenPrefillAndStepsSay) {
  ModelWorld world(model_of_round_numbers());
  const Time start = world.loop.now();

  world.submit(1, 500, 1);  // one token: only prefill
  world.loop.advance(2s);
  EXPECT_EQ(world.told[1].first - start, 500ms);
  ASSERT_TRUE(world.told[1].done);

  const Time again = world.loop.now();
  world.submit(2, 100, 200);
  world.loop.advance(10s);
  ASSERT_TRUE(world.told[2].done);
  const uint32_t tokens = world.told[2].done->usage.completion_tokens;
  EXPECT_EQ(world.told[2].first - again, 100ms);
  EXPECT_EQ(world.told[2].last - world.told[2].first, 20ms * (tokens - 1));
  EXPECT_EQ(world.told[2].done->decode, 20ms * (tokens - 1));
}

TEST(ModelledRunner, TwoSequencesSlowEachOtherDown) {
  ModelWorld world(model_of_round_numbers());
  world.submit(1, 1, 1'000);
  world.submit(2, 1, 1'000);
  world.loop.advance(100s);

  const uint32_t shorter = std::min(world.told[1].done->usage.completion_tokens,
                                    world.told[2].done->usage.completion_tokens);
  const uint32_t longer = std::max(world.told[1].done->usage.completion_tokens,
                                   world.told[2].done->usage.completion_tokens);
  const Time end = std::max(world.told[1].last, world.told[2].last);
  const Duration together = 30ms * shorter + 20ms * (longer - shorter);
  EXPECT_NEAR(to_ms(end - world.told[1].first), to_ms(together), 100);
  EXPECT_EQ(world.told[1].done->batch_max, 2U);
}

TEST(ModelledRunner, SaysNoMoreThanOneMessageASecondAndLosesNothing) {
  ModelWorld world(model_of_round_numbers());
  world.submit(1, 10, 1'000);
  world.loop.advance(60s);

  const Told& told = world.told[1];
  const uint32_t tokens = told.done->usage.completion_tokens;
  EXPECT_EQ(told.text.size(), tokens);
  for (size_t i = 0; i < told.text.size(); ++i) {
    ASSERT_EQ(told.text[i], static_cast<char>('a' + i % 26));
  }
  EXPECT_LE(told.messages, 2 + to_seconds(told.last - told.first));
}

/// Steps of 10 ms whatever the batch, prompts of 1,000 tokens/s.
ReplicaModel machine_of_round_numbers() {
  return replica_model_of({.step_base_s = 0.010,
                           .prefill_tokens_per_s = 1'000,
                           .slots = 4,
                           .kv_tokens = 32'768,
                           .context_tokens = 4'096});
}

TEST(ModelledRunner, OfAMachineReadsAPromptWhileOthersWait) {
  ModelWorld world(machine_of_round_numbers());
  const Time start = world.loop.now();

  world.submit(1, 100, 200, 101);
  world.loop.advance(500ms);
  world.submit(2, 300, 200, 1);  // 0.3 s in which nothing is decoded
  world.loop.advance(5s);

  ASSERT_TRUE(world.told[1].done);
  EXPECT_EQ(world.told[1].first - start, 100ms);
  EXPECT_EQ(world.told[1].done->usage.completion_tokens, 101U);
  EXPECT_NEAR(to_ms(world.told[1].last - start), 100 + 100 * 10 + 300, 0.1);
  EXPECT_EQ(world.told[2].first - start, 800ms);
}

TEST(ModelledRunner, OfAMachineReadsNoPromptTwice) {
  ModelWorld world(machine_of_round_numbers());
  world.submit(1, 192, 10, 1, {11, 12, 13});
  world.loop.advance(1s);
  const Time start = world.loop.now();

  world.submit(2, 192, 10, 1, {11, 12, 99});
  world.loop.advance(1s);

  // Two blocks of 64 tokens are there; the third takes 64 ms.
  EXPECT_EQ(world.told[2].done->usage.cached_tokens, 128U);
  EXPECT_EQ(world.told[2].first - start, 64ms);
}

TEST(ReplicaModel, ThatLiesClaimsMoreThanItDoes) {
  ReplicaModel model = machine_of_round_numbers();
  const double honest = model.capacity().decode_tokens_per_s;

  model.claim = 3;

  EXPECT_NEAR(honest, 100, 0.1);
  EXPECT_NEAR(model.capacity().decode_tokens_per_s, 300, 0.3);
  EXPECT_EQ(model.step(1), 10ms);
}

TEST(ReplicaModel, TakesTheOutputOnlyFromABodyOfItsOwn) {
  EXPECT_EQ(output_tokens_asked(modelled_body(123)), 123U);
  EXPECT_EQ(output_tokens_asked(R"({"output_tokens":)"), 0U);
  EXPECT_EQ(output_tokens_asked(R"({"prompt":"x"})"), 0U);
}

TEST(ModelledRunner, AThirdWaitsForASlotAndEverythingIsGivenBack) {
  ModelWorld world(model_of_round_numbers());
  for (uint64_t stream = 1; stream <= 3; ++stream)
    world.submit(stream, 10, 100);
  world.loop.advance(100ms);
  EXPECT_EQ(world.runner.load().waiting, 1U);
  EXPECT_EQ(world.runner.load().running, 2U);

  world.loop.advance(60s);

  EXPECT_TRUE(world.told[3].done);
  const ReplicaLoad load = world.runner.load();
  EXPECT_EQ(load.running + load.waiting + load.kv_tokens_taken + load.prefill_tokens_queued,
            0U);
  EXPECT_GT(load.tokens_generated_total, 70U);
}

TEST(ModelledRunner, OutputLengthsComeFromTheRequestAndTheSeedAlone) {
  RequestFacts facts;
  facts.tokens_max = 400;
  facts.prompt_bytes = 40;
  ReplicaModel model;
  std::map<uint32_t, int> lengths;
  for (uint64_t i = 0; i < 1'000; ++i) {
    facts.request = RequestId(Uuid{1, i});
    const uint32_t tokens = modelled_output_tokens(facts, model);
    EXPECT_EQ(tokens, modelled_output_tokens(facts, model));
    ++lengths[tokens];
  }
  EXPECT_GE(lengths.begin()->first, 100U);
  EXPECT_LE(lengths.rbegin()->first, 400U);
  EXPECT_GT(lengths.size(), 200U);
}

TEST(ModelledLauncher, LoadsInItsTimeAndUnloadsAfterADrain) {
  ManualLoop loop;
  ModelledModel model;
  model.depot.model = ModelId("tiny");
  model.load_time = 2s;
  ModelledLauncher launcher(loop, {model});
  int changes = 0;
  launcher.on_change([&] { ++changes; });

  launcher.want({{ReplicaId(1), 1, ModelId("tiny"), ""}, {ReplicaId(2), 1, ModelId("no"), ""}});
  EXPECT_EQ(launcher.replicas().at(0).state, ReplicaState::Loading);
  EXPECT_EQ(launcher.replicas().at(1).state, ReplicaState::Failed);
  loop.advance(2s);
  ASSERT_EQ(launcher.replicas().at(0).state, ReplicaState::Ready);
  node_agent::Work work;
  work.stream = StreamId(5);
  work.facts.prompt_bytes = 4;
  work.facts.tokens_max = 100;
  launcher.replicas()[0].runner->submit(work);
  loop.advance(1ms);

  launcher.want({});
  loop.advance(10ms);
  ASSERT_EQ(launcher.replicas().size(), 1U);
  EXPECT_EQ(launcher.replicas()[0].state, ReplicaState::Draining);
  loop.advance(20s);
  EXPECT_TRUE(launcher.replicas().empty());
  EXPECT_GE(changes, 4);
}

}  // namespace
}  // namespace suan::bench
