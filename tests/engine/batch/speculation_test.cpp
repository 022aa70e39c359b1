#include <array>

#include <gtest/gtest.h>

#include "engine/weights/model_file.h"
#include "tests/engine/batch/runs.h"

namespace suan::engine {
namespace {

struct Way {
  HyperParameters hyper;
  Speculation speculation;
};

class Speculating : public testing::TestWithParam<Way> {
 protected:
  std::unique_ptr<Engine> engine(uint32_t slots = 4) {
    return make_engine(model_, {.slots = slots,
                                .prefill_chunk = 40,
                                .backend = "reference",
                                .speculation = GetParam().speculation,
                                .draft_tokens = 5});
  }

  std::shared_ptr<MemoryModel> model_ = make_random_model(GetParam().hyper, 61);
};

TEST_P(Speculating, ChangesNoTokenAndNoLogprobGreedyOrDrawn) {
  const auto fast = engine();
  std::vector<Generation> all;
  for (uint64_t id = 0; id < 6; ++id) {
    Generation one = greedy(id, prompt_of(id % 3, 5 + id * 20), 90 + static_cast<uint32_t>(id));
    one.sampling.temperature = id < 3 ? 0 : 0.4 * static_cast<double>(id - 2);
    one.sampling.seed = id;
    one.sampling.repetition_penalty = id == 4 ? 1.3 : 1;
    one.sampling.wants_logprobs = true;
    all.push_back(one);
    ASSERT_EQ(fast->submit(one), Admission::Accepted);
  }

  const auto outputs = run(*fast);

  for (const Generation& one : all) {
    const Output expected = alone(model_, one);
    EXPECT_EQ(outputs.at(one.id).tokens, expected.tokens) << one.id;
    EXPECT_EQ(outputs.at(one.id).logprobs, expected.logprobs) << one.id;
  }
}

TEST_P(Speculating, StopsJustWhereItWould) {
  Generation one = greedy(1, prompt_of(7, 30), 120);
  const std::vector<int32_t> free_run = alone(model_, one).tokens;
  model_->ends() = {free_run[77]};
  const auto fast = engine();
  ASSERT_EQ(fast->submit(one), Admission::Accepted);

  const auto outputs = run(*fast);

  const Output expected = alone(model_, one);
  EXPECT_EQ(outputs.at(1).tokens, expected.tokens);
  EXPECT_EQ(outputs.at(1).reason, expected.reason);
}

TEST_P(Speculating, ChecksGuesses) {
  const auto fast = engine(1);
  ASSERT_EQ(fast->submit(greedy(1, prompt_of(1, 20), 200)), Admission::Accepted);
  uint32_t drafted = 0;
  uint32_t kept = 0;
  uint32_t steps = 0;
  for (; fast->capacity().running + fast->capacity().waiting > 0; ++steps) {
    const StepResult result = fast->step();
    drafted += result.drafted_tokens;
    kept += result.kept_drafts;
  }

  EXPECT_GT(drafted, 0U);
  EXPECT_LE(kept, drafted);
  EXPECT_EQ(steps, 200 - kept);  // each guess that was right saves a step
}

std::string name_of_way(const testing::TestParamInfo<Way>& tested) {
  constexpr std::array kNames{"off", "auto", "mtp", "ngram"};
  return name_of_model(tested.param.hyper) + "_" +
         kNames.at(static_cast<size_t>(tested.param.speculation));
}

INSTANTIATE_TEST_SUITE_P(Small,
                         Speculating,
                         testing::Values(Way{small_llama(), Speculation::Ngram},
                                         Way{small_stories_moe(), Speculation::Ngram},
                                         Way{small_deepseek2(), Speculation::Ngram},
                                         Way{small_deepseek2_with_head(), Speculation::Mtp},
                                         Way{small_deepseek2_with_head(), Speculation::Auto}),
                         name_of_way);

TEST(Speculation, TextThatRepeatsItselfTakesFewSteps) {
  const auto model = make_random_model(small_llama(), 61);
  const auto engine = make_engine(
      model, {.slots = 1, .backend = "reference", .speculation = Speculation::Ngram});
  Generation one = greedy(1, {3, 1, 4, 1, 5}, 200);
  one.sampling.logit_bias = {{17, 1000.0F}};  // it says nothing but 17
  ASSERT_EQ(engine->submit(one), Admission::Accepted);
  int steps = 0;
  size_t tokens = 0;
  for (; engine->capacity().running + engine->capacity().waiting > 0; ++steps)
    tokens += engine->step().tokens.size();

  EXPECT_EQ(tokens, 200U);
  EXPECT_LT(steps, 60);  // four guesses a step, once they are trusted
}

TEST(Speculation, AHeadThatIsNotThereIsRefused) {
  const auto model = make_random_model(small_llama(), 61);

  EXPECT_THROW((void)make_engine(model, {.speculation = Speculation::Mtp}), ModelError);
  EXPECT_THROW((void)make_engine(model, {.draft_tokens = 17}), ModelError);
  EXPECT_THROW((void)make_engine(model, {.output_promised = 0}), ModelError);
}

}  // namespace
}  // namespace suan::engine
