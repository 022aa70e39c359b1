#include <gtest/gtest.h>

#include "tests/engine/batch/runs.h"

namespace suan::engine {
namespace {

/// Runs one generation and says how much of its prompt was known.
struct Answer {
  Output output;
  uint32_t cached = 0;
  uint32_t computed = 0;  // prompt tokens
};

Answer ask(Engine& engine, const Generation& generation) {
  Answer answer;
  if (engine.submit(generation) != Admission::Accepted) return answer;
  while (engine.capacity().running + engine.capacity().waiting > 0) {
    const StepResult result = engine.step();
    for (const Start& start : result.started)
      answer.cached += start.cached_tokens;
    for (const NewToken& made : result.tokens) {
      answer.output.tokens.push_back(made.token);
      answer.output.logprobs.push_back(made.logprob);
    }
    answer.computed += result.prefill_tokens;
  }
  return answer;
}

Generation logged(uint64_t id, std::vector<int32_t> prompt, uint32_t tokens_max) {
  Generation generation = greedy(id, std::move(prompt), tokens_max);
  generation.sampling.wants_logprobs = true;
  return generation;
}

class PrefixReuse : public testing::TestWithParam<HyperParameters> {
 protected:
  void expect_as_alone(const Answer& answer, const Generation& generation) {
    const Output expected = alone(model_, generation);
    EXPECT_EQ(answer.output.tokens, expected.tokens);
    EXPECT_EQ(answer.output.logprobs, expected.logprobs);  // every bit
  }

  std::shared_ptr<MemoryModel> model_ = make_random_model(GetParam(), 41);
  std::unique_ptr<Engine> engine_ =
      make_engine(model_, {.slots = 2, .prefill_chunk = 50, .backend = "reference"});
  bool is_mla_ = GetParam().kv_lora > 0;
};

TEST_P(PrefixReuse, APromptThatBeginsAsAnEarlierOneIsComputedFromWhereTheyPart) {
  const auto system = prompt_of(1, 100);
  (void)ask(*engine_, logged(1, joined(system, prompt_of(2, 30)), 5));
  const Generation second = logged(2, joined(system, prompt_of(3, 50)), 30);

  const Answer answer = ask(*engine_, second);

  EXPECT_EQ(answer.cached, 64U);
  EXPECT_EQ(answer.computed, 86U);
  expect_as_alone(answer, second);
}

TEST_P(PrefixReuse, TheSamePromptAgainComputesOneTokenAtLeast) {
  const Generation first = logged(1, prompt_of(1, 128), 10);
  (void)ask(*engine_, first);

  const Answer answer = ask(*engine_, first);

  EXPECT_EQ(answer.cached, 64U);  // the second page holds the last token
  expect_as_alone(answer, first);
}

TEST_P(PrefixReuse, AConversationGoesOnFromItsOwnAnswerUnlessDecodedRowsDiffer) {
  const Generation first = logged(1, prompt_of(1, 70), 90);
  const Answer said = ask(*engine_, first);
  const Generation second =
      logged(2, joined(joined(first.prompt, said.output.tokens), prompt_of(2, 20)), 20);

  const Answer answer = ask(*engine_, second);

  EXPECT_EQ(answer.cached, is_mla_ ? 64U : 128U);
  expect_as_alone(answer, second);
}

TEST_P(PrefixReuse, TwoThatRunTogetherShareTheirBeginningFromTheFirstsLastPromptRowOn) {
  const auto system = prompt_of(1, 130);
  const Generation first = logged(1, joined(system, {5}), 40);
  const Generation second = logged(2, joined(system, {6}), 40);
  ASSERT_EQ(engine_->submit(first), Admission::Accepted);
  for (int step = 0; step < 3; ++step)
    (void)engine_->step();  // 131 tokens in chunks of 50

  ASSERT_EQ(engine_->submit(second), Admission::Accepted);
  const StepResult result = engine_->step();
  ASSERT_EQ(result.started.size(), 1U);
  EXPECT_EQ(result.started[0].cached_tokens, 128U);
  const auto rest = run(*engine_);

  const Output expected = alone(model_, second);
  std::vector<int32_t> tokens = rest.at(2).tokens;
  for (const NewToken& made : result.tokens) {
    if (made.id == 2) tokens.insert(tokens.begin(), made.token);
  }
  EXPECT_EQ(tokens, expected.tokens);
}

TEST_P(PrefixReuse, WhoDoesNotShareFindsAndLeavesNothing) {
  Generation first = logged(1, prompt_of(1, 130), 5);
  first.shares_prefix = false;
  (void)ask(*engine_, first);
  EXPECT_EQ(ask(*engine_, logged(2, first.prompt, 5)).cached, 0U);
  first.id = 3;

  EXPECT_EQ(ask(*engine_, first).cached, 0U);
}

TEST_P(PrefixReuse, ScopesShareNothing) {
  Generation first = logged(1, prompt_of(1, 130), 5);
  first.prefix_scope = 1;
  (void)ask(*engine_, first);
  Generation second = logged(2, first.prompt, 5);
  second.prefix_scope = 2;

  EXPECT_EQ(ask(*engine_, second).cached, 0U);
  second.id = 3;
  EXPECT_EQ(ask(*engine_, second).cached, 128U);
}

TEST_P(PrefixReuse, WhatIsKeptGivesWayToWhatRuns) {
  const auto engine = make_engine(
      model_, {.slots = 1, .kv_tokens = 200, .prefill_chunk = 50, .backend = "reference"});
  for (uint64_t id = 1; id <= 6; ++id) {
    const Generation one = logged(id, prompt_of(id, 150), 50);
    expect_as_alone(ask(*engine, one), one);
  }
  // The last is still there, or most of it.
  EXPECT_EQ(ask(*engine, logged(7, prompt_of(6, 150), 5)).cached, 128U);
  EXPECT_EQ(ask(*engine, logged(8, prompt_of(1, 150), 5)).cached, 0U);
}

INSTANTIATE_TEST_SUITE_P(Small,
                         PrefixReuse,
                         testing::Values(small_llama(), small_stories_moe(), small_deepseek2()),
                         [](const auto& tested) { return name_of_model(tested.param); });

}  // namespace
}  // namespace suan::engine
