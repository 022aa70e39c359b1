#include <gtest/gtest.h>

#include "tests/engine/batch/runs.h"

namespace suan::engine {
namespace {

/// Ten requests that want 2,000 tokens in all.
std::vector<Generation> ten_requests() {
  std::vector<Generation> all;
  for (uint64_t id = 0; id < 10; ++id) {
    Generation one = greedy(id, prompt_of(id, 20 + id * 13), 110);
    one.sampling.temperature = id % 2 == 0 ? 0 : 0.8;
    one.sampling.seed = id;
    one.sampling.wants_logprobs = true;
    all.push_back(one);
  }
  return all;
}

class Preemption : public testing::TestWithParam<HyperParameters> {
 protected:
  std::shared_ptr<MemoryModel> model_ = make_random_model(GetParam(), 51);
};

TEST_P(Preemption, TakesInMoreThanFitsAndStillSaysWhatEachWouldSayAlone) {
  const auto engine = make_engine(model_, {.slots = 6,
                                           .kv_tokens = 300,
                                           .prefill_chunk = 30,
                                           .backend = "reference",
                                           .output_promised = 5});
  std::map<uint64_t, Output> outputs;
  std::vector<Generation> left = ten_requests();
  uint32_t preempted = 0;
  int steps = 0;
  for (; steps < 5'000; ++steps) {
    while (!left.empty() && engine->submit(left.front()) == Admission::Accepted)
      left.erase(left.begin());
    const StepResult result = engine->step();
    preempted += result.preempted;
    for (const NewToken& made : result.tokens) {
      outputs[made.id].tokens.push_back(made.token);
      outputs[made.id].logprobs.push_back(made.logprob);
    }
    for (const Finish& finish : result.finished)
      EXPECT_EQ(finish.reason, FinishReason::Length) << finish.error;
    if (left.empty() && engine->capacity().running + engine->capacity().waiting == 0) break;
  }

  EXPECT_LT(steps, 1'500);  // 1,100 tokens, one by one, would take as many
  EXPECT_GT(preempted, 0U);
  EXPECT_LT(preempted, 60U);
  for (const Generation& one : ten_requests()) {
    const Output expected = alone(model_, one);
    EXPECT_EQ(outputs[one.id].tokens, expected.tokens) << one.id;
    EXPECT_EQ(outputs[one.id].logprobs, expected.logprobs) << one.id;
  }
  EXPECT_EQ(engine->capacity().kv_tokens_taken, 0U);
}

TEST_P(Preemption, NeverHappensWhereAllRoomIsPromised) {
  const auto engine = make_engine(
      model_, {.slots = 6, .kv_tokens = 800, .prefill_chunk = 30, .backend = "reference"});
  std::vector<Generation> left = ten_requests();
  while (!left.empty() || engine->capacity().running + engine->capacity().waiting > 0) {
    while (!left.empty() && engine->submit(left.front()) == Admission::Accepted)
      left.erase(left.begin());
    ASSERT_EQ(engine->step().preempted, 0U);
  }
}

TEST_P(Preemption, WhatWaitsAfterLosingItsRoomCanBeCancelled) {
  const auto engine = make_engine(
      model_, {.slots = 2, .kv_tokens = 200, .backend = "reference", .output_promised = 1});
  ASSERT_EQ(engine->submit(greedy(1, prompt_of(1, 60), 140)), Admission::Accepted);
  ASSERT_EQ(engine->submit(greedy(2, prompt_of(2, 60), 140)), Admission::Accepted);
  while (engine->step().preempted == 0) {
  }
  EXPECT_EQ(engine->capacity().waiting, 1U);

  engine->cancel(2);
  const auto outputs = run(*engine);

  EXPECT_EQ(outputs.at(2).reason, FinishReason::Cancelled);
  EXPECT_EQ(outputs.at(1).reason, FinishReason::Length);
  EXPECT_EQ(engine->capacity().kv_tokens_taken, 0U);
}

INSTANTIATE_TEST_SUITE_P(Small,
                         Preemption,
                         testing::Values(small_llama(), small_deepseek2()),
                         [](const auto& tested) { return name_of_model(tested.param); });

}  // namespace
}  // namespace suan::engine
