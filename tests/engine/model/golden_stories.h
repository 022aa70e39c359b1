#pragma once

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/engine.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/engine/model/real_models.h"

namespace suan::engine {

inline std::vector<int32_t> continue_greedily(Engine& engine,
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

/// `engine` holds stories-moe.
inline void expect_recorded_stories_moe(Engine& engine) {
  const auto text = text_of_file(models_folder() + "/stories-moe/golden_greedy.json");
  const auto golden = nlohmann::json::parse(text);

  ASSERT_EQ(golden.size(), 5U);
  for (const auto& one : golden) {
    const auto prompt = one["prompt_ids"].get<std::vector<int32_t>>();
    const auto expected = one["greedy_ids"].get<std::vector<int32_t>>();
    EXPECT_EQ(continue_greedily(engine, prompt, expected.size()), expected) << one["prompt"];
  }
}

/// `engine` holds `model`, which is stories260K.
inline void expect_recorded_stories260k(const ModelFile& model, Engine& engine) {
  const auto text = text_of_file(test_models_folder() + "/stories260K/golden_greedy.json");
  const auto golden = nlohmann::json::parse(text);
  const auto tokenizer = make_tokenizer(model.manifest().vocabulary);

  ASSERT_EQ(golden.size(), 5U);
  for (const auto& one : golden) {
    std::vector<int32_t> tokens = tokenizer->encode(one["prompt"].get<std::string>(), true);
    // llama2.c's 200 steps print the 200 tokens after BOS, those of the prompt included.
    const auto made = continue_greedily(engine, tokens, 201 - tokens.size());
    tokens.insert(tokens.end(), made.begin(), made.end());
    EXPECT_EQ(tokenizer->decode(tokens), one["text"].get<std::string>());
  }
}

}  // namespace suan::engine
