#include "engine/batch/batcher.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "tests/engine/batch/runs.h"
#include "tests/support/memory_model.h"

namespace suan::engine {
namespace {

/// Eight requests that differ in everything.
std::vector<Generation> eight_requests() {
  std::vector<Generation> all;
  for (uint64_t i = 0; i < 8; ++i) {
    Generation one = greedy(i, prompt_of(i, 1 + i * 11), 10 + static_cast<uint32_t>(i) * 3);
    one.sampling.temperature = 0.3 * static_cast<double>(i);
    one.sampling.top_p = i % 2 == 0 ? 1.0 : 0.9;
    one.sampling.frequency_penalty = i == 5 ? 0.5 : 0.0;
    one.sampling.seed = 100 + i;
    one.sampling.wants_logprobs = true;
    all.push_back(one);
  }
  return all;
}

class EveryArchitecture : public testing::TestWithParam<HyperParameters> {
 protected:
  std::shared_ptr<MemoryModel> model_ = make_random_model(GetParam(), 31);
};

TEST_P(EveryArchitecture, ABatchOfEightEqualsEightSingleRunsBitForBit) {
  for (const char* backend : {"reference", "cpu"}) {
    const auto together =
        make_engine(model_, {.slots = 8, .prefill_chunk = 16, .backend = backend});
    for (const Generation& one : eight_requests()) {
      ASSERT_EQ(together->submit(one), Admission::Accepted);
    }
    const auto batched = run(*together);

    for (const Generation& one : eight_requests()) {
      const auto alone =
          make_engine(model_, {.slots = 1, .prefill_chunk = 256, .backend = backend});
      ASSERT_EQ(alone->submit(one), Admission::Accepted);
      const Output single = run(*alone)[one.id];
      EXPECT_EQ(batched.at(one.id).tokens, single.tokens) << one.id;
      EXPECT_EQ(batched.at(one.id).logprobs, single.logprobs) << one.id;  // exact
      EXPECT_EQ(single.tokens.size(), one.tokens_max);
    }
  }
}

TEST_P(EveryArchitecture, ChunksOfPrefillChangeNoGreedyToken) {
  std::vector<int32_t> expected;
  for (const uint32_t chunk : {200U, 1U, 7U, 64U}) {
    const auto engine = make_engine(model_, {.slots = 2, .prefill_chunk = chunk});
    ASSERT_EQ(engine->submit(greedy(1, prompt_of(3, 130), 40)), Admission::Accepted);
    const auto tokens = run(*engine)[1].tokens;
    if (expected.empty()) expected = tokens;
    EXPECT_EQ(tokens, expected) << "chunk " << chunk;
  }
  EXPECT_EQ(expected.size(), 40U);
}

TEST_P(EveryArchitecture, LogitsAgreeWithWhatDecodingSaw) {
  const auto engine = make_engine(model_, {.slots = 2, .prefill_chunk = 8});
  Generation request = greedy(1, prompt_of(4, 20), 30);
  request.sampling.wants_logprobs = true;
  ASSERT_EQ(engine->submit(request), Admission::Accepted);
  const Output output = run(*engine)[1];
  std::vector<int32_t> text = request.prompt;
  text.insert(text.end(), output.tokens.begin(), output.tokens.end());

  const std::vector<float> logits = engine->logits(text);

  ASSERT_EQ(logits.size(), text.size() * 64);
  for (size_t i = 0; i < output.tokens.size(); ++i) {
    const float* row = logits.data() + (request.prompt.size() - 1 + i) * 64;
    const auto best = std::max_element(row, row + 64) - row;
    EXPECT_EQ(best, output.tokens[i]) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Small,
                         EveryArchitecture,
                         testing::ValuesIn(small_models()),
                         [](const auto& tested) { return name_of_model(tested.param); });

std::unique_ptr<Engine> llama_engine(const EngineConfig& config) {
  return make_engine(make_random_model(small_llama(), 32), config);
}

TEST(Batcher, AdmitsWhatFitsAndSaysWhyNot) {
  const auto engine = llama_engine({.slots = 2, .kv_tokens = 300});
  const auto prompt = prompt_of(1, 100);

  EXPECT_EQ(engine->submit(greedy(1, prompt, 157)), Admission::TooLong);  // context 256
  EXPECT_EQ(engine->submit(greedy(1, prompt, 100)), Admission::Accepted);
  EXPECT_EQ(engine->capacity().kv_tokens_taken, 200U);
  EXPECT_EQ(engine->submit(greedy(2, prompt, 1)), Admission::Full);
  EXPECT_EQ(engine->submit(greedy(1, {1}, 1)), Admission::Invalid);  // the id runs
  EXPECT_EQ(engine->submit(greedy(3, {}, 1)), Admission::Invalid);
  EXPECT_EQ(engine->submit(greedy(3, {64}, 1)), Admission::Invalid);
  EXPECT_EQ(engine->submit(greedy(3, {-1}, 1)), Admission::Invalid);
  EXPECT_EQ(engine->submit(greedy(3, {1}, 0)), Admission::Invalid);
  Generation biased = greedy(3, {1}, 1);
  biased.sampling.logit_bias = {{64, 1.0F}};
  EXPECT_EQ(engine->submit(biased), Admission::Invalid);
  EXPECT_EQ(engine->submit(greedy(3, prompt_of(2, 50), 50)), Admission::Accepted);
}

TEST(Batcher, WhatCanNeverFitTheCacheIsTooLongNotFull) {
  const auto engine = llama_engine({.slots = 1, .kv_tokens = 50});

  EXPECT_EQ(engine->submit(greedy(1, prompt_of(1, 41), 10)), Admission::TooLong);
  EXPECT_EQ(engine->submit(greedy(1, prompt_of(1, 40), 10)), Admission::Accepted);
}

TEST(Batcher, EveryPromiseIsKeptHoweverPagesAreFilled) {
  // 33 sequences of 2 tokens promise 66; each leaves most of its page unused.
  const auto engine = llama_engine({.slots = 5, .kv_tokens = 66});
  for (uint64_t id = 0; id < 33; ++id) {
    ASSERT_EQ(engine->submit(greedy(id, {1}, 1)), Admission::Accepted);
  }
  EXPECT_EQ(engine->submit(greedy(99, {1}, 1)), Admission::Full);

  const auto outputs = run(*engine);

  EXPECT_EQ(outputs.size(), 33U);
  for (const auto& [id, output] : outputs)
    EXPECT_EQ(output.reason, FinishReason::Length) << id;
}

TEST(Batcher, CancellingInTheMiddleFreesTheRoomAtOnce) {
  const auto engine = llama_engine({.slots = 2, .kv_tokens = 256});
  ASSERT_EQ(engine->submit(greedy(1, prompt_of(1, 56), 200)), Admission::Accepted);
  ASSERT_EQ(engine->submit(greedy(2, prompt_of(2, 5), 5)), Admission::Full);
  const auto before = run(*engine, 10);
  EXPECT_EQ(before.at(1).tokens.size(), 10U);

  engine->cancel(1);
  engine->cancel(77);  // unknown

  EXPECT_EQ(engine->capacity().kv_tokens_taken, 0U);
  EXPECT_EQ(engine->submit(greedy(2, prompt_of(1, 56), 200)), Admission::Accepted);
  const auto after = run(*engine);
  EXPECT_EQ(after.at(1).reason, FinishReason::Cancelled);
  EXPECT_TRUE(after.at(1).tokens.empty());
  EXPECT_EQ(after.at(2).tokens.size(), 200U);
  EXPECT_TRUE(std::equal(before.at(1).tokens.begin(), before.at(1).tokens.end(),
                         after.at(2).tokens.begin()));
}

TEST(Batcher, CancelsWhatWaitsAndWhatIsInPrefill) {
  const auto engine = llama_engine({.slots = 1, .prefill_chunk = 4});
  ASSERT_EQ(engine->submit(greedy(1, prompt_of(1, 50), 5)), Admission::Accepted);
  ASSERT_EQ(engine->submit(greedy(2, prompt_of(2, 50), 5)), Admission::Accepted);
  (void)engine->step();
  EXPECT_EQ(engine->capacity().prefill_tokens_queued, 96U);

  engine->cancel(1);
  engine->cancel(2);
  const StepResult result = engine->step();

  ASSERT_EQ(result.finished.size(), 2U);
  EXPECT_TRUE(result.tokens.empty());
  EXPECT_EQ(engine->capacity().running + engine->capacity().waiting, 0U);
  EXPECT_TRUE(engine->step().finished.empty());  // told once
}

TEST(Batcher, DecodesTheOthersWhileALongPromptIsComputed) {
  const auto engine = llama_engine({.slots = 2, .prefill_chunk = 10});
  ASSERT_EQ(engine->submit(greedy(1, prompt_of(1, 3), 50)), Admission::Accepted);
  (void)engine->step();
  ASSERT_EQ(engine->submit(greedy(2, prompt_of(2, 95), 5)), Admission::Accepted);

  for (int i = 0; i < 9; ++i) {
    const StepResult result = engine->step();
    EXPECT_EQ(result.prefill_tokens, 10U);
    EXPECT_EQ(result.decoded_sequences, 1U);
    ASSERT_EQ(result.tokens.size(), 1U);
    EXPECT_EQ(result.tokens[0].id, 1U);
  }
  const StepResult last = engine->step();
  EXPECT_EQ(last.prefill_tokens, 5U);
  EXPECT_EQ(last.tokens.size(), 2U);
}

TEST(Batcher, AnEndTokenStopsUnlessIgnoredAndIsNotHandedOut) {
  const auto model = make_random_model(small_llama(), 32);
  const auto first = make_engine(model, {});
  ASSERT_EQ(first->submit(greedy(1, {5}, 20)), Admission::Accepted);
  const std::vector<int32_t> free_run = run(*first)[1].tokens;
  const int32_t end = free_run[7];
  const auto expected = std::find(free_run.begin(), free_run.end(), end);
  model->ends() = {63, end};

  const auto engine = make_engine(model, {});
  Generation ignoring = greedy(2, {5}, 20);
  ignoring.sampling.ignores_eos = true;
  ASSERT_EQ(engine->submit(greedy(1, {5}, 20)), Admission::Accepted);
  ASSERT_EQ(engine->submit(ignoring), Admission::Accepted);
  const auto outputs = run(*engine);

  EXPECT_EQ(outputs.at(1).reason, FinishReason::Stop);
  EXPECT_EQ(outputs.at(1).tokens, std::vector<int32_t>(free_run.begin(), expected));
  EXPECT_EQ(outputs.at(2).reason, FinishReason::Length);
  EXPECT_EQ(outputs.at(2).tokens, free_run);
}

TEST(Batcher, ASequenceThatTurnsIntoNanEndsAlone) {
  const auto model = make_random_model(small_stories_moe(), 33);
  // Token 9 poisons its own embedding, so its router's scores, and so its own sequence.
  auto embedding = model->values("token_embd.weight");
  embedding[size_t{9} * 32] = std::numeric_limits<float>::quiet_NaN();
  const auto engine = make_engine(model, {.slots = 3});
  const auto alone = make_engine(model, {.slots = 1});
  ASSERT_EQ(alone->submit(greedy(1, {1, 2, 3}, 20)), Admission::Accepted);
  ASSERT_EQ(engine->submit(greedy(1, {1, 2, 3}, 20)), Admission::Accepted);
  ASSERT_EQ(engine->submit(greedy(2, {1, 9, 3}, 20)), Admission::Accepted);

  const auto outputs = run(*engine);

  EXPECT_EQ(outputs.at(2).reason, FinishReason::Failed);
  EXPECT_EQ(outputs.at(2).error, "the model's output is not a number");
  EXPECT_TRUE(outputs.at(2).tokens.empty());
  EXPECT_EQ(outputs.at(1).tokens, run(*alone)[1].tokens);
  // Its pages are used again without a trace.
  ASSERT_EQ(engine->submit(greedy(3, {1, 2, 3}, 20)), Admission::Accepted);
  EXPECT_EQ(run(*engine)[3].tokens, outputs.at(1).tokens);
}

TEST(Batcher, LogprobsAreOfTheUntouchedDistribution) {
  const auto engine = llama_engine({.slots = 2});
  Generation plain = greedy(1, {5, 6}, 1);
  plain.sampling.wants_logprobs = true;
  plain.sampling.top_logprobs = 64;
  Generation bent = plain;
  bent.id = 2;
  bent.sampling.logit_bias = {{17, 100.0F}};
  ASSERT_EQ(engine->submit(plain), Admission::Accepted);
  ASSERT_EQ(engine->submit(bent), Admission::Accepted);

  const StepResult result = engine->step();

  ASSERT_EQ(result.tokens.size(), 2U);
  const NewToken& free_one = result.tokens[0];
  const NewToken& forced = result.tokens[1];
  EXPECT_EQ(forced.token, 17);
  EXPECT_EQ(free_one.top[0].token, free_one.token);
  double total = 0;
  for (const TokenLogprob& one : free_one.top) {
    total += std::exp(one.logprob);
    if (one.token == 17) {
      EXPECT_FLOAT_EQ(one.logprob, forced.logprob);
    }
  }
  EXPECT_NEAR(total, 1, 1e-5);
}

TEST(Batcher, AnIdleEngineReturnsAtOnce) {
  const auto engine = llama_engine({});
  const StepResult result = engine->step();
  EXPECT_TRUE(result.tokens.empty() && result.finished.empty());
  EXPECT_EQ(engine->capacity().kv_tokens_total, 8U * 256U);
}

}  // namespace
}  // namespace suan::engine
