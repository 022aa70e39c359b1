#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/engine.h"
#include "tests/engine/model/golden_stories.h"

// Real models against outputs recorded elsewhere: models/README.md, tests/data/models/README.md.
namespace suan::engine {
namespace {

TEST(Golden, StoriesMoeContinuesEveryPromptAsRecorded) {
  const auto engine =
      make_engine(stories_moe(), {.slots = 2, .prefill_chunk = 3, .backend = "reference"});

  expect_recorded_stories_moe(*engine);
}

TEST(Golden, StoriesMoeGivesTheRecordedLogits) {
  const auto text = text_of_file(models_folder() + "/stories-moe/golden_greedy.json");
  const auto golden = nlohmann::json::parse(text);
  const auto engine = make_engine(stories_moe(), {.backend = "reference"});

  for (const auto& one : golden) {
    const auto prompt = one["prompt_ids"].get<std::vector<int32_t>>();
    const auto expected = one["first_logits"].get<std::vector<float>>();
    const std::vector<float> logits = engine->logits(prompt);
    ASSERT_EQ(logits.size(), prompt.size() * expected.size());
    const float* last = logits.data() + (prompt.size() - 1) * expected.size();
    for (size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(last[i], expected[i], 1e-4) << one["prompt"] << " token " << i;
    }
  }
}

TEST(Golden, ThreadsChangeNoBit) {
  // 400 rows at once, so that every kind of loop is worth sharing.
  std::vector<int32_t> tokens;
  for (int32_t i = 0; i < 400; ++i)
    tokens.push_back(i * i % 509);
  const auto model = stories_moe();
  for (const char* backend : {"reference", "cpu"}) {
    EngineConfig config{.slots = 400, .prefill_chunk = 400, .backend = backend};
    const auto alone = make_engine(model, config);
    config.threads = 3;
    const auto shared = make_engine(model, config);

    EXPECT_EQ(shared->logits(tokens), alone->logits(tokens)) << backend;
  }
}

TEST(Golden, Stories260KTellsTheStoriesThatLlama2cTells) {
  const auto model = stories260k();
  const auto engine = make_engine(model, {.backend = "reference"});

  expect_recorded_stories260k(*model, *engine);
}

}  // namespace
}  // namespace suan::engine
