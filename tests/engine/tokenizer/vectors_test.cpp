// Every vector of tests/data/tokenizer, with the vocabulary that it needs.
#include <algorithm>
#include <fstream>
#include <functional>
#include <unordered_map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/weights/model_file.h"
#include "tests/engine/tokenizer/real_tokenizers.h"

namespace suan::engine {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

void expect_ids_of_llama_cpp(const Tokenizer& tokenizer, const std::string& name) {
  const auto file = kTokenizerData / "llamacpp" / ("ggml-vocab-" + name + ".gguf");
  const auto texts = texts_of(file.string() + ".inp");
  const auto ids = ids_of(file.string() + ".out");

  ASSERT_EQ(texts.size(), ids.size());
  ASSERT_GT(texts.size(), 40U);
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(tokenizer.encode(texts[i], false), ids[i]) << texts[i];
    EXPECT_EQ(tokenizer.decode(ids[i]), texts[i]);
  }
}

void expect_ids_of_hugging_face(const Tokenizer& tokenizer, const std::string& column) {
  std::ifstream in(kTokenizerData / "vectors_deepseek_v3_qwen3.jsonl");
  size_t lines = 0;
  for (std::string line; std::getline(in, line); ++lines) {
    const auto vector = nlohmann::json::parse(line);
    const auto text = vector["text"].get<std::string>();
    const auto ids = vector[column].get<std::vector<int32_t>>();

    EXPECT_EQ(tokenizer.encode(all_markup(text), false), ids) << text;
  }
  EXPECT_EQ(lines, 383U);
}

class VocabularyInTheRepository : public ::testing::TestWithParam<const char*> {};

TEST_P(VocabularyInTheRepository, GivesTheIdsOfLlamaCpp) {
  const std::string name = GetParam();
  const auto tokenizer =
      tokenizer_of(kTokenizerData / "llamacpp" / ("ggml-vocab-" + name + ".gguf"));

  expect_ids_of_llama_cpp(*tokenizer, name);
}

INSTANTIATE_TEST_SUITE_P(Llamacpp,
                         VocabularyInTheRepository,
                         ::testing::Values("gpt-2", "deepseek-coder", "llama-spm"),
                         [](const auto& given) {
                           std::string name = given.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(FetchedVocabulary, DeepseekV3GivesTheIdsOfHuggingFace) {
  SUAN_NEEDS_TOKENIZER("deepseek_v3");
  const auto tokenizer = tokenizer_of(fetched_tokenizer("deepseek_v3"));

  expect_ids_of_hugging_face(*tokenizer, "deepseek_v3");
  EXPECT_EQ(tokenizer->size(), 128'815U);
  EXPECT_EQ(tokenizer->bos(), 0);
  EXPECT_TRUE(tokenizer->is_end(1));
  EXPECT_TRUE(
      tokenizer->is_control(128'803));  // <｜User｜>, which the file does not call special
  EXPECT_EQ(tokenizer->control_text(128'803), "<｜User｜>");
}

TEST(FetchedVocabulary, Qwen3GivesTheIdsOfHuggingFaceAndLlamaCpp) {
  SUAN_NEEDS_TOKENIZER("qwen3");
  const auto tokenizer = tokenizer_of(fetched_tokenizer("qwen3"));

  expect_ids_of_hugging_face(*tokenizer, "qwen3");
  expect_ids_of_llama_cpp(*tokenizer, "qwen2");
  expect_ids_of_llama_cpp(*tokenizer, "deepseek-r1-qwen");
  EXPECT_EQ(tokenizer->bos(), -1);
  EXPECT_TRUE(tokenizer->is_end(151'645));  // <|im_end|>
  EXPECT_EQ(tokenizer->decode({151'667}), "<think>");
}

TEST(FetchedVocabulary, Llama3GivesTheIdsOfLlamaCpp) {
  SUAN_NEEDS_TOKENIZER("llama3");
  const auto tokenizer = tokenizer_of(fetched_tokenizer("llama3") / "tokenizer.json");

  expect_ids_of_llama_cpp(*tokenizer, "llama-bpe");
  EXPECT_EQ(tokenizer->bos(), 128'000);
}

/// Hugging Face's form of a vocabulary with scores: all ways to make a piece of two, best piece
/// first.
Vocabulary with_merges_for_scores(Vocabulary vocabulary) {
  std::unordered_map<std::string_view, float> scores;
  std::vector<size_t> order;
  for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
    if (vocabulary.types[id] != 1) continue;
    scores.emplace(vocabulary.pieces[id], vocabulary.scores[id]);
    order.push_back(id);
  }
  std::ranges::stable_sort(order, std::greater<>(),
                           [&](size_t id) { return vocabulary.scores[id]; });
  for (const size_t id : order) {
    const std::string& piece = vocabulary.pieces[id];
    for (size_t cut = 1; cut < piece.size(); ++cut) {
      const std::string left = piece.substr(0, cut);
      const std::string right = piece.substr(cut);
      if (!scores.contains(left) || !scores.contains(right)) continue;
      vocabulary.merges.emplace_back(piece).insert(cut, 1, ' ');
    }
  }
  vocabulary.scores.assign(vocabulary.pieces.size(), 0.0F);
  return vocabulary;
}

TEST(SentencePiece, GivesTheSameIdsByMergesAsByScores) {
  const auto file = kTokenizerData / "llamacpp/ggml-vocab-llama-spm.gguf";
  const auto tokenizer =
      make_tokenizer(with_merges_for_scores(open_model(file, {})->manifest().vocabulary));

  expect_ids_of_llama_cpp(*tokenizer, "llama-spm");
}

}  // namespace
}  // namespace suan::engine
