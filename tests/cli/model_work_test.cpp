#include "cli/model_work.h"

#include <cmath>
#include <fstream>

#include <gtest/gtest.h>

#include "catalog/types/json.h"
#include "cli/command.h"
#include "cli/model_inspect.h"
#include "cli/model_text.h"
#include "tests/support/temporary_folder.h"

// `suan model` over the real models; what they must say is in models/ and tests/data/models.
namespace suan::cli {
namespace {

const std::string kSource = SUAN_SOURCE_DIR;
const std::string kMoe = kSource + "/models/stories-moe";
const std::string kDense = kSource + "/tests/data/models/stories260K/stories260K.bin";

LoadedModel load(const std::string& file) {
  return load_model({.file = file});
}

Json read_json(const std::string& file) {
  const auto json = parse_json(testing::read_bytes(kSource + file));
  return json ? *json : Json();
}

Generated continue_text(LoadedModel& model, const std::string& prompt, uint32_t tokens_max) {
  return generate(model, {.prompt = prompt, .tokens_max = tokens_max}, [](auto) {});
}

TEST(ModelGenerate, ContinuesTheBundledModelAsRecorded) {
  LoadedModel model = load(kMoe);
  const Json golden = read_json("/models/stories-moe/golden_greedy.json");
  ASSERT_EQ(golden.size(), 5U);

  for (const Json& story : golden) {
    const auto prompt = story["prompt"].get<std::string>();
    const auto ids = story["greedy_ids"].get<std::vector<int32_t>>();

    const Generated answer = continue_text(model, prompt, static_cast<uint32_t>(ids.size()));

    EXPECT_EQ(answer.prompt_ids, story["prompt_ids"].get<std::vector<int32_t>>());
    EXPECT_EQ(answer.ids, ids);
    EXPECT_EQ(prompt + answer.text, story["text"].get<std::string>());
  }
}

TEST(ModelGenerate, ContinuesStories260KAsLlama2c) {
  LoadedModel model = load(kDense);
  const Json golden = read_json("/tests/data/models/stories260K/golden_greedy.json");
  ASSERT_EQ(golden.size(), 5U);

  for (const Json& story : golden) {
    const auto prompt = story["prompt"].get<std::string>();
    const size_t prompt_tokens = continue_text(model, prompt, 1).prompt_ids.size();
    // run.c counts the prompt, but not BOS, among its steps.
    const auto tokens_max = static_cast<uint32_t>(story["n"].get<size_t>() + 1 - prompt_tokens);

    EXPECT_EQ(prompt + continue_text(model, prompt, tokens_max).text,
              story["text"].get<std::string>());
  }
}

TEST(ModelGenerate, HandsOutTheTextAsItIsMade) {
  LoadedModel model = load(kMoe);
  std::string streamed;
  size_t pieces = 0;

  const Generated answer =
      generate(model, {.prompt = "Lily", .tokens_max = 20}, [&](auto text) {
        streamed += text;
        ++pieces;
      });

  EXPECT_EQ(streamed, answer.text);
  EXPECT_GE(pieces, 20U);
  EXPECT_EQ(answer.finish_reason, "length");
  EXPECT_GT(answer.ttft_s, 0);
}

TEST(ModelGenerate, EqualSeedsDrawEqualTokens) {
  LoadedModel model = load(kMoe);
  const auto draw = [&](uint64_t seed) {
    const GenerateWish wish{.prompt = "Lily", .tokens_max = 40, .temperature = 1, .seed = seed};
    return generate(model, wish, [](auto) {}).ids;
  };

  const auto first = draw(7);

  EXPECT_EQ(draw(7), first);
  EXPECT_NE(draw(8), first);
}

TEST(ModelGenerate, APromptThatFillsTheContextIsAFailure) {
  LoadedModel model = load(kMoe);

  EXPECT_THROW(static_cast<void>(continue_text(model, std::string(3000, '#'), 1)), Failure);
}

TEST(ModelLogits, GivesTheRecordedLogitsUpToAConstant) {
  LoadedModel model = load(kMoe);

  for (const Json& story : read_json("/models/stories-moe/golden_greedy.json")) {
    const auto ids = story["prompt_ids"].get<std::vector<int32_t>>();
    const auto logits = story["first_logits"].get<std::vector<double>>();
    double sum = 0;
    for (const double logit : logits)
      sum += std::exp(logit);

    const auto positions = logprobs(model, ids, 512, false);

    ASSERT_EQ(positions.size(), 1U);
    ASSERT_EQ(positions[0].top.size(), 512U);
    for (const engine::TokenLogprob& token : positions[0].top) {
      const double expected = logits[static_cast<size_t>(token.token)] - std::log(sum);
      EXPECT_NEAR(token.logprob, expected, 1e-4);
    }
  }
}

TEST(ModelLogits, EveryPositionKnowsTheTokenThatFollows) {
  LoadedModel model = load(kMoe);
  const std::vector<int32_t> ids = {1, 403, 407, 261};

  const auto positions = logprobs(model, ids, 3, true);

  ASSERT_EQ(positions.size(), 4U);
  double nll = 0;
  for (size_t i = 0; i < 3; ++i)
    nll -= positions[i].next.value();
  EXPECT_FALSE(positions[3].next);
  EXPECT_NEAR(nll, document_loss(model, ids).nll_sum, 1e-6);
  EXPECT_GE(positions[0].top[0].logprob, positions[0].top[1].logprob);
}

TEST(ModelLogits, TokensOutsideTheVocabularyAreAFailure) {
  LoadedModel model = load(kMoe);

  EXPECT_THROW(static_cast<void>(logprobs(model, {512}, 1, false)), Failure);
  EXPECT_THROW(static_cast<void>(logprobs(model, {-1}, 1, false)), Failure);
  EXPECT_THROW(static_cast<void>(logprobs(model, {}, 1, false)), Failure);
  EXPECT_THROW(static_cast<void>(document_loss(model, {1})), Failure);
}

TEST(ModelPerplexity, EqualsTheRecordedLossOfBothModels) {
  LoadedModel moe = load(kMoe);
  LoadedModel dense = load(kDense);
  std::ifstream lines(kSource + "/tests/data/models/heldout_nll.jsonl");
  size_t stories = 0;

  for (std::string line; stories < 10 && std::getline(lines, line); ++stories) {
    const Json story = *parse_json(line);
    const auto ids = story["ids"].get<std::vector<int32_t>>();
    const auto tokens = story["tokens"].get<double>();

    const Loss loss = document_loss(moe, ids);
    EXPECT_EQ(static_cast<double>(loss.tokens), tokens);
    EXPECT_NEAR(loss.mean(), story["nll_stories_moe"].get<double>() / tokens, 1e-4);
    EXPECT_NEAR(document_loss(dense, ids).mean(),
                story["nll_stories260K"].get<double>() / tokens, 1e-4);
  }

  EXPECT_EQ(stories, 10U);  // the engine's tests take all 50
}

TEST(ModelPerplexity, ALongTextIsCutIntoWindows) {
  LoadedModel model = load(kMoe);
  std::string text;
  while (text.size() < 8000)
    text += "Once upon a time there was a big red ball. ";

  const Loss loss = text_loss(model, text);

  EXPECT_GT(loss.tokens, 1500U);  // several contexts of 512
  EXPECT_GT(loss.mean(), 0);
  EXPECT_LT(loss.mean(), 3);
}

TEST(ModelText, HasThePromisedFields) {
  LoadedModel model = load(kMoe);
  const Json generated = *parse_json(generate_json(model, continue_text(model, "Lily", 3)));
  EXPECT_EQ(generated["ids"].size(), 3U);
  EXPECT_EQ(generated["usage"]["total_tokens"], 5);
  EXPECT_TRUE(generated["timings"].contains("load_s"));
  EXPECT_TRUE(generated["timings"].contains("ttft_s"));
  EXPECT_TRUE(generated["timings"].contains("tokens_per_s"));
  EXPECT_EQ(generated["finish_reason"], "length");

  const Json logits = *parse_json(logits_json(logprobs(model, {1, 403}, 2, true)));
  EXPECT_EQ(logits["positions"][0]["position"], 0);
  EXPECT_EQ(logits["positions"][0]["top"][0]["id"], 403);
  EXPECT_TRUE(logits["positions"][0].contains("next_logprob"));
  EXPECT_FALSE(logits["positions"][1].contains("next_logprob"));

  const Json loss = *parse_json(perplexity_json({.nll_sum = 2, .tokens = 2}, {}));
  EXPECT_DOUBLE_EQ(loss["perplexity"].get<double>(), std::exp(1.0));
  EXPECT_DOUBLE_EQ(loss["nll_mean"].get<double>(), 1.0);
  EXPECT_FALSE(loss.contains("documents"));

  const Json inspected = *parse_json(inspect_json(*model.file, {.context_tokens = 512}));
  EXPECT_EQ(inspected["parameters"], 941'072);
  EXPECT_EQ(inspected["memory"]["kv_bytes"], 512 * 5 * 64 * 4);
  EXPECT_EQ(inspected["hyper_parameters"]["router_score"], "sigmoid");
  EXPECT_EQ(inspected["tensors"].size(), 297U);
}

}  // namespace
}  // namespace suan::cli
