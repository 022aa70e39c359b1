#include "engine/tokenizer/sentencepiece.h"

#include <algorithm>
#include <chrono>
#include <unordered_map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/tokenizer/pieces.h"
#include "engine/tokenizer/utf8.h"
#include "engine/weights/model_file.h"
#include "tests/engine/tokenizer/real_tokenizers.h"
#include "tests/engine/tokenizer/small_vocabularies.h"
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

/// By definition: look at all pairs, merge the one whose joint piece has the best score, again.
std::vector<int32_t> merged_slowly(const Vocabulary& vocabulary, std::string text) {
  std::unordered_map<std::string_view, int32_t> ids;
  for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
    if (vocabulary.types[id] == kNormalPiece) {
      ids.emplace(vocabulary.pieces[id], static_cast<int32_t>(id));
    }
  }
  text = with_marked_spaces(' ' + text);
  std::vector<std::string> symbols;
  for (size_t at = 0; at < text.size(); at += symbols.back().size()) {
    symbols.push_back(text.substr(at, first_utf8_sequence(text.substr(at)).bytes));
  }
  while (true) {
    size_t best = symbols.size();
    float score = 0;
    for (size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto found = ids.find(symbols[i] + symbols[i + 1]);
      if (found == ids.end()) continue;
      const float candidate = vocabulary.scores[static_cast<size_t>(found->second)];
      if (best < symbols.size() && candidate <= score) continue;
      best = i;
      score = candidate;
    }
    if (best == symbols.size()) break;
    symbols[best] += symbols[best + 1];
    symbols.erase(symbols.begin() + static_cast<ptrdiff_t>(best) + 1);
  }
  std::vector<int32_t> tokens;
  for (const std::string& symbol : symbols) {
    const auto found = ids.find(symbol);
    tokens.push_back(found != ids.end() ? found->second : -1);
  }
  return tokens;
}

TEST(SentencePiece, MergesAsIfItLookedAtAllPairsOfTheWholeText) {
  const Vocabulary vocabulary =
      testing::vocabulary_of(testing::kTokenizerData / "llamacpp/ggml-vocab-llama-spm.gguf");
  const SentencePiece tokenizer(vocabulary);
  const std::vector<std::string> parts = {"th",  "e", " ",  "  ", "ing", "a",  "t",
                                          "ion", "é", "он", "s",  ".",   "\n", "un",
                                          "B",   "h", "l",  "o",  "w",   "算"};
  std::mt19937 random(8);

  for (size_t round = 0; round < 300; ++round) {
    const std::string text = testing::random_text(random, parts, 1 + round % 40);
    auto tokens = tokenizer.encode(text, false);
    std::ranges::replace_if(
        tokens,
        [&](int32_t token) { return vocabulary.types[static_cast<size_t>(token)] == 6; }, -1);

    ASSERT_EQ(tokens, merged_slowly(vocabulary, text)) << text;
  }
}

TEST(SentencePiece, ACharacterThatIsNoPieceCanBecomePartOfOne) {
  Vocabulary vocabulary = small_vocabulary();
  const int32_t both = testing::add_piece(vocabulary, "yz", kNormalPiece);
  const SentencePiece tokenizer(vocabulary);

  EXPECT_EQ(tokenizer.encode("yz", false), (std::vector<int32_t>{8, both}));
  EXPECT_EQ(tokenizer.encode("y", false), (std::vector<int32_t>{8, 0}));
}

TEST(SentencePiece, PiecesThatGoOnOverASpaceAreMadeToo) {
  Vocabulary vocabulary = small_vocabulary();
  const int32_t wide = testing::add_piece(vocabulary, "a\xE2\x96\x81", kNormalPiece);
  const SentencePiece tokenizer(vocabulary);

  EXPECT_EQ(tokenizer.encode("a b", false), (std::vector<int32_t>{8, wide, 5}));
}

TEST(SentencePiece, UserDefinedPiecesAreFoundBeforeAnyMerge) {
  Vocabulary vocabulary = small_vocabulary();
  const int32_t added = testing::add_piece(vocabulary, "bab", kUserDefinedPiece);
  const SentencePiece tokenizer(vocabulary);

  EXPECT_EQ(tokenizer.encode("abab", false), (std::vector<int32_t>{8, 4, added}));
}

TEST(SentencePiece, RefusesAPieceThatIsTooLong) {
  Vocabulary vocabulary = small_vocabulary();
  testing::add_piece(vocabulary, std::string(513, 'a'), kNormalPiece);

  EXPECT_THROW(SentencePiece{vocabulary}, ModelError);
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
