#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "tests/support/memory_model.h"

// Numbers that break on their way through a model: one sequence ends, and nobody else notices.
namespace suan::engine {
namespace {

constexpr int32_t kPoisoned = 9;

Generation greedy(uint64_t id, std::vector<int32_t> prompt) {
  Generation generation;
  generation.id = id;
  generation.prompt = std::move(prompt);
  generation.tokens_max = 12;
  generation.sampling.temperature = 0;
  generation.sampling.ignores_eos = true;
  return generation;
}

struct Outputs {
  std::map<uint64_t, std::vector<int32_t>> tokens;
  std::map<uint64_t, Finish> finished;
};

/// Runs all to their ends.
Outputs run(Engine& engine, const std::vector<Generation>& all) {
  for (const Generation& one : all)
    EXPECT_EQ(engine.submit(one), Admission::Accepted);
  Outputs outputs;
  while (outputs.finished.size() < all.size()) {
    const StepResult result = engine.step();
    for (const NewToken& made : result.tokens)
      outputs.tokens[made.id].push_back(made.token);
    for (const Finish& finish : result.finished)
      outputs.finished[finish.id] = finish;
  }
  return outputs;
}

class BrokenNumbers : public testing::TestWithParam<HyperParameters> {};

TEST_P(BrokenNumbers, EndTheirOwnSequenceAlone) {
  for (const float poison :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const auto model = make_random_model(GetParam(), 51);
    const auto embedding = model->values("token_embd.weight");
    std::ranges::fill(embedding.subspan(size_t{kPoisoned} * 32, 32), poison);
    const auto engine = make_engine(model, {.slots = 3, .prefill_chunk = 4});
    const auto healthy = make_engine(model, {.slots = 1});
    std::vector<int32_t> broken{1, 2, 3, 4, 5, kPoisoned, 6};
    const auto expected = run(*healthy, {greedy(1, {1, 2, 3, 4, 5, 6})});

    const auto outputs =
        run(*engine, {greedy(1, {1, 2, 3, 4, 5, 6}), greedy(2, broken), greedy(3, {7, 8})});

    EXPECT_EQ(outputs.finished.at(2).reason, FinishReason::Failed) << poison;
    EXPECT_EQ(outputs.finished.at(2).error, "the model's output is not a number");
    EXPECT_FALSE(outputs.tokens.contains(2));
    EXPECT_EQ(outputs.finished.at(1).reason, expected.finished.at(1).reason);
    EXPECT_EQ(outputs.tokens.at(1), expected.tokens.at(1)) << poison;
    // The pages of the broken one are used again, without a trace.
    EXPECT_EQ(run(*engine, {greedy(4, {1, 2, 3, 4, 5, 6})}).tokens.at(4),
              expected.tokens.at(1));
  }
}

INSTANTIATE_TEST_SUITE_P(Small,
                         BrokenNumbers,
                         testing::ValuesIn(small_models()),
                         [](const auto& tested) { return name_of_model(tested.param); });

}  // namespace
}  // namespace suan::engine
