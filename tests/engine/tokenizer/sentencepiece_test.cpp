#include "engine/tokenizer/sentencepiece.h"

#include <chrono>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/weights/model_file.h"
#include "tests/engine/tokenizer/real_tokenizers.h"
#include "tests/support/temporary_folder.h"

namespace suan::engine {
namespace {

using testing::tokenizer_of;

Vocabulary small_vocabulary() {
  Vocabulary vocabulary;
  vocabulary.kind = VocabularyKind::SentencePiece;
  vocabulary.pieces = {"<unk>", "<s>", "</s>",         "<0x78>", "a", "b",
                       "ab",    "ba",  "\xE2\x96\x81", "</",     "s>"};
  vocabulary.scores = {0, 0, 0, 0, -9, -9, -1, -2, -9, -3, -3};
  vocabulary.types = {2, 3, 3, 6, 1, 1, 1, 1, 1, 1, 1};
  vocabulary.bos = 1;
  vocabulary.ends = {2};
  return vocabulary;
}

TEST(SentencePiece, GivesThePromptIdsOfTheBundledModel) {
  const auto tokenizer = tokenizer_of("models/stories-moe");
  const auto golden = nlohmann::json::parse(suan::testing::read_bytes(
      std::filesystem::path(SUAN_SOURCE_DIR) / "models/stories-moe/golden_greedy.json"));

  ASSERT_EQ(golden.size(), 5U);
  for (const auto& story : golden) {
    const auto prompt = story["prompt"].get<std::string>();
    const auto prompt_ids = story["prompt_ids"].get<std::vector<int32_t>>();
    auto all = prompt_ids;
    for (const auto& id : story["greedy_ids"])
      all.push_back(id.get<int32_t>());

    EXPECT_EQ(tokenizer->encode(prompt, true), prompt_ids);
    EXPECT_EQ(tokenizer->decode(prompt_ids), prompt);
    EXPECT_EQ(tokenizer->decode(all), story["text"].get<std::string>());
  }
}

TEST(SentencePiece, MergesTheBestScoreFirstAndTheLeftmostOfEquals) {
  const SentencePiece tokenizer(small_vocabulary());

  EXPECT_EQ(tokenizer.encode("bab", false), (std::vector<int32_t>{8, 5, 6}));
  EXPECT_EQ(tokenizer.encode("aba", false), (std::vector<int32_t>{8, 6, 4}));
  EXPECT_EQ(tokenizer.encode("abab", false), (std::vector<int32_t>{8, 6, 6}));
}

TEST(SentencePiece, SpecialTokensInTheTextStayText) {
  const SentencePiece tokenizer(small_vocabulary());

  EXPECT_EQ(tokenizer.encode("</s>", true), (std::vector<int32_t>{1, 8, 9, 10}));
}

TEST(SentencePiece, UncoveredBytesBecomeBytePiecesOrUnknown) {
  const SentencePiece tokenizer(small_vocabulary());

  EXPECT_EQ(tokenizer.encode("xy", false), (std::vector<int32_t>{8, 3, 0}));
  EXPECT_EQ(tokenizer.piece(-1, 3), "x");
}

TEST(SentencePiece, AnEmptyTextHasNoTokensButBos) {
  const SentencePiece tokenizer(small_vocabulary());

  EXPECT_TRUE(tokenizer.encode("", false).empty());
  EXPECT_EQ(tokenizer.encode("", true), std::vector<int32_t>{1});
}

TEST(SentencePiece, TheSpaceInFrontIsDroppedAfterBosOnly) {
  const auto tokenizer = tokenizer_of("models/stories-moe");
  const int32_t once = tokenizer->encode("Once", false).at(0);

  EXPECT_EQ(tokenizer->piece(1, once), "Once");
  EXPECT_EQ(tokenizer->piece(once, once), " Once");
  EXPECT_EQ(tokenizer->piece(-1, once), " Once");
  EXPECT_EQ(tokenizer->piece(-1, 1), "");
  EXPECT_EQ(tokenizer->piece(-1, 512), "");
  EXPECT_EQ(tokenizer->piece(-1, -5), "");
}

TEST(SentencePiece, BosAndEosEndTheTextsOfTheBundledModel) {
  const auto tokenizer = tokenizer_of("models/stories-moe");

  EXPECT_TRUE(tokenizer->is_end(1));
  EXPECT_TRUE(tokenizer->is_end(2));
  EXPECT_FALSE(tokenizer->is_end(403));
  EXPECT_EQ(tokenizer->size(), 512U);
}

TEST(SentencePiece, ALongTextTakesTimeInProportion) {
  const SentencePiece tokenizer(small_vocabulary());
  const std::string text(1 << 20, 'a');
  std::string mixed;
  while (mixed.size() < text.size())
    mixed += "abba x";
  const auto start = std::chrono::steady_clock::now();

  EXPECT_EQ(tokenizer.encode(text, false).size(), text.size() + 1);
  EXPECT_EQ(tokenizer.decode(tokenizer.encode(mixed, false)), mixed);

  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace suan::engine
