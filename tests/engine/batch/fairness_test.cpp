#include <gtest/gtest.h>

#include "engine/batch/prefill_order.h"
#include "tests/engine/batch/runs.h"

namespace suan::engine {
namespace {

std::unique_ptr<Engine> llama_engine(const EngineConfig& config) {
  return make_engine(make_random_model(small_llama(), 71), config);
}

TEST(Fairness, AShortPromptDoesNotWaitForALongOne) {
  const auto engine = llama_engine({.slots = 2, .prefill_chunk = 16, .backend = "reference"});
  ASSERT_EQ(engine->submit(greedy(1, prompt_of(1, 240), 5)), Admission::Accepted);
  (void)engine->step();
  ASSERT_EQ(engine->submit(greedy(2, prompt_of(2, 10), 5)), Admission::Accepted);

  const StepResult result = engine->step();

  ASSERT_EQ(result.tokens.size(), 1U);
  EXPECT_EQ(result.tokens[0].id, 2U);
  EXPECT_EQ(result.prefill_tokens, 16U);  // the long one gets the rest of the chunk
}

TEST(Fairness, ALongPromptIsDoneInTimeHoweverManyShortOnesCome) {
  const auto engine = llama_engine({.slots = 3, .prefill_chunk = 16, .backend = "reference"});
  ASSERT_EQ(engine->submit(greedy(1, prompt_of(1, 240), 5)), Admission::Accepted);
  int steps = 0;
  bool has_token = false;
  for (uint64_t id = 2; !has_token && steps < 1'000; ++steps) {
    while (engine->capacity().running + engine->capacity().waiting < 3) {
      ASSERT_EQ(engine->submit(greedy(id, prompt_of(id, 16), 1)), Admission::Accepted);
      ++id;
    }
    for (const NewToken& made : engine->step().tokens)
      has_token = has_token || made.id == 1;
  }

  // 15 chunks, one at the latest when it has been passed over 16 times.
  EXPECT_GT(steps, 100);
  EXPECT_LE(steps, 15 * 17 + 2);
}

TEST(PrefillOrder, PutsTheShortestFirstButThoseBeforeThatWaitedTooLong) {
  std::vector<Sequence> all;
  for (const size_t length : {100U, 10U, 50U, 200U}) {
    all.emplace_back(greedy(1, prompt_of(1, length), 1), all.size(), 0);
  }
  all[3].steps_unserved = kUnservedStepsMax;
  std::vector<Sequence*> order{&all[0], &all[1], &all[2], &all[3]};

  order_prefills(order);

  EXPECT_EQ(order, (std::vector{&all[3], &all[1], &all[2], &all[0]}));
}

}  // namespace
}  // namespace suan::engine
