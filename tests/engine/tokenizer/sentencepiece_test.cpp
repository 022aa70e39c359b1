#include "engine/tokenizer/sentencepiece.h"

#include <chrono>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/weights/model_file.h"
#include "tests/support/temporary_folder.h"

namespace suan::engine {
namespace {

const std::filesystem::path kSource = SUAN_SOURCE_DIR;

std::unique_ptr<Tokenizer> tokenizer_of(const std::filesystem::path& model) {
  return make_tokenizer(open_model(kSource / model, {})->manifest().vocabulary);
}

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

/// The texts and ids of llama.cpp's vector files.
std::vector<std::string> texts_of(const std::filesystem::path& file) {
  const std::string all = testing::read_bytes(file);
  const std::string separator = "\n__ggml_vocab_test__\n";
  std::vector<std::string> texts;
  size_t at = 0;
  for (size_t end = 0; (end = all.find(separator, at)) != std::string::npos;) {
    texts.push_back(all.substr(at, end - at));
    at = end + separator.size();
  }
  return texts;
}

std::vector<std::vector<int32_t>> ids_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::vector<int32_t>> all;
  for (std::string line; std::getline(in, line);) {
    std::istringstream numbers(line);
    auto& ids = all.emplace_back();
    for (int32_t id = 0; numbers >> id;)
      ids.push_back(id);
  }
  return all;
}

TEST(SentencePiece, GivesTheIdsOfLlamaCpp) {
  const std::string vocabulary = "tests/data/tokenizer/llamacpp/ggml-vocab-llama-spm.gguf";
  const auto tokenizer = tokenizer_of(vocabulary);
  const auto texts = texts_of(kSource / (vocabulary + ".inp"));
  const auto ids = ids_of(kSource / (vocabulary + ".out"));

  ASSERT_EQ(texts.size(), ids.size());
  ASSERT_GT(texts.size(), 40U);
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(tokenizer->encode(texts[i], false), ids[i]) << texts[i];
    EXPECT_EQ(tokenizer->decode(ids[i]), texts[i]);
  }
}

TEST(SentencePiece, GivesThePromptIdsOfTheBundledModel) {
  const auto tokenizer = tokenizer_of("models/stories-moe");
  const auto golden = nlohmann::json::parse(
      testing::read_bytes(kSource / "models/stories-moe/golden_greedy.json"));

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

TEST(MakeTokenizer, RefusesWhatIsNotSupportedByName) {
  Vocabulary bpe;
  bpe.kind = VocabularyKind::ByteBpe;
  bpe.pre_split = "deepseek-coder";

  EXPECT_THROW(static_cast<void>(make_tokenizer(Vocabulary{})), ModelError);
  try {
    static_cast<void>(make_tokenizer(bpe));
    FAIL();
  } catch (const ModelError& error) {
    EXPECT_NE(std::string(error.what()).find("deepseek-coder"), std::string::npos);
  }
}

}  // namespace
}  // namespace suan::engine
