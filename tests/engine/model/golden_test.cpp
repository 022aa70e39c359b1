#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/engine.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/engine/model/real_models.h"

// Real models against outputs recorded elsewhere: models/README.md, tests/data/models/README.md.
namespace suan::engine {
namespace {

std::vector<int32_t> continue_greedily(Engine& engine,
                                       const std::vector<int32_t>& prompt,
                                       size_t count) {
  Generation generation;
  generation.id = 1;
  generation.prompt = prompt;
  generation.tokens_max = static_cast<uint32_t>(count);
  generation.sampling.temperature = 0;
  EXPECT_EQ(engine.submit(generation), Admission::Accepted);
  std::vector<int32_t> tokens;
  while (true) {
    const StepResult result = engine.step();
    for (const NewToken& made : result.tokens)
      tokens.push_back(made.token);
    if (!result.finished.empty()) return tokens;
  }
}

TEST(Golden, StoriesMoeContinuesEveryPromptAsRecorded) {
  const auto text = text_of_file(models_folder() + "/stories-moe/golden_greedy.json");
  const auto golden = nlohmann::json::parse(text);
  const auto engine =
      make_engine(stories_moe(), {.slots = 2, .prefill_chunk = 3, .backend = "reference"});

  ASSERT_EQ(golden.size(), 5U);
  for (const auto& one : golden) {
    const auto prompt = one["prompt_ids"].get<std::vector<int32_t>>();
    const auto expected = one["greedy_ids"].get<std::vector<int32_t>>();
    EXPECT_EQ(continue_greedily(*engine, prompt, expected.size()), expected) << one["prompt"];
  }
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
  const auto text = text_of_file(test_models_folder() + "/stories260K/golden_greedy.json");
  const auto golden = nlohmann::json::parse(text);
  const auto model = stories260k();
  const auto tokenizer = make_tokenizer(model->manifest().vocabulary);
  const auto engine = make_engine(model, {.backend = "reference"});

  ASSERT_EQ(golden.size(), 5U);
  for (const auto& one : golden) {
    std::vector<int32_t> tokens = tokenizer->encode(one["prompt"].get<std::string>(), true);
    // llama2.c's 200 steps print the 200 tokens after BOS, those of the prompt included.
    const auto made = continue_greedily(*engine, tokens, 201 - tokens.size());
    tokens.insert(tokens.end(), made.begin(), made.end());
    EXPECT_EQ(tokenizer->decode(tokens), one["text"].get<std::string>());
  }
}

}  // namespace
}  // namespace suan::engine
