#include "engine/tokenizer/special_tokens.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "engine/tokenizer/byte_bpe.h"
#include "engine/weights/model_file.h"
#include "tests/engine/tokenizer/real_tokenizers.h"
#include "tests/engine/tokenizer/small_vocabularies.h"

namespace suan::engine {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

/// The parts as text: tokens in brackets.
std::string parts_of(const SpecialTokens& specials,
                     std::string_view text,
                     std::vector<ByteRange> markup) {
  std::string parts;
  for (const TextPart& part : specials.split(text, markup)) {
    parts += part.token >= 0 ? '[' + std::to_string(part.token) + ']' : std::string(part.text);
    parts += '|';
  }
  return parts;
}

/// Tokens: 0 <|end|>, 1 <|endless|>, 2 <think>, 3 "   ", 4 <unk>
Vocabulary specials() {
  Vocabulary vocabulary;
  vocabulary.kind = VocabularyKind::ByteBpe;
  add_piece(vocabulary, "<|end|>", kControlPiece);
  add_piece(vocabulary, "<|endless|>", kControlPiece);
  add_piece(vocabulary, "<think>", kUserDefinedPiece);
  add_piece(vocabulary, "   ", kUserDefinedPiece);
  add_piece(vocabulary, "<unk>", kUnknownPiece);
  return vocabulary;
}

constexpr size_t kAll = 1'000;

TEST(SpecialTokens, AreFoundInsideMarkupAlone) {
  const Vocabulary vocabulary = specials();
  const SpecialTokens tokens(vocabulary);

  EXPECT_EQ(parts_of(tokens, "a<|end|>b", {}), "a<|end|>b|");
  EXPECT_EQ(parts_of(tokens, "a<|end|>b", {{0, 9}}), "a|[0]|b|");
  EXPECT_EQ(parts_of(tokens, "<|end|><|end|>", {{7, 7}}), "<|end|>|[0]|");
  EXPECT_EQ(parts_of(tokens, "<unk><think>", {}), "<unk><think>|");
  EXPECT_EQ(parts_of(tokens, "<unk><think>", {{0, 12}}), "[4]|[2]|");
}

TEST(SpecialTokens, AUserCannotCompleteWhatATemplateBegan) {
  const Vocabulary vocabulary = specials();
  const SpecialTokens tokens(vocabulary);

  EXPECT_EQ(parts_of(tokens, "<|end|>", {{0, 6}}), "<|end|>|");
  EXPECT_EQ(parts_of(tokens, "<|end|>", {{1, 6}}), "<|end|>|");
  EXPECT_EQ(parts_of(tokens, "<|end|>", {{0, 3}, {4, 3}}), "<|end|>|");
  EXPECT_EQ(parts_of(tokens, "<|end|>", {{0, 3}, {3, 4}}), "[0]|");  // ranges that touch
}

TEST(SpecialTokens, TheLongestOfTheLeftmostCounts) {
  const Vocabulary vocabulary = specials();
  const SpecialTokens tokens(vocabulary);

  EXPECT_EQ(parts_of(tokens, "<|endless|>", {{0, kAll}}), "[1]|");
  EXPECT_EQ(parts_of(tokens, "<|endles<|end|>", {{0, kAll}}), "<|endles|[0]|");
  EXPECT_EQ(parts_of(tokens, "<|end|<|end|>", {{0, kAll}}), "<|end||[0]|");
}

TEST(SpecialTokens, PlainAddedTokensAreFoundEverywhere) {
  const Vocabulary vocabulary = specials();
  const SpecialTokens tokens(vocabulary);

  EXPECT_EQ(parts_of(tokens, "a    b", {}), "a|[3]| b|");
  EXPECT_EQ(parts_of(tokens, "a   b", {{0, 2}}), "a|[3]|b|");
  EXPECT_EQ(parts_of(tokens, "", {}), "");
}

TEST(SpecialTokens, SwallowWhiteSpaceWhereTheVocabularySaysSo) {
  Vocabulary vocabulary = specials();
  vocabulary.strips_left = {0};
  vocabulary.strips_right = {1, 0};
  const SpecialTokens tokens(vocabulary);

  EXPECT_EQ(parts_of(tokens, "a \n\u3000<|end|>\u00A0\tb", {{0, kAll}}), "a|[0]|b|");
  EXPECT_EQ(parts_of(tokens, "a <|endless|> b <think> c", {{0, kAll}}), "a |[1]|b |[2]| c|");
  EXPECT_EQ(parts_of(tokens, " <|end|> <|end|> ", {{0, kAll}}), "[0]|[0]|");
}

TEST(SpecialTokens, NoByteOfTheTextIsLost) {
  const Vocabulary vocabulary = specials();
  const SpecialTokens tokens(vocabulary);
  std::mt19937 random(3);
  const std::vector<std::string> parts = {"<|end|>", "<|endless|>", "<think>", "<", "|",
                                          "end",     ">",           "   ",     "a", " "};

  for (size_t round = 0; round < 300; ++round) {
    const std::string text = random_text(random, parts, round % 40);
    std::vector<ByteRange> markup;
    for (size_t at = random() % 9; at + 4 < text.size(); at += 4 + random() % 9) {
      markup.push_back({at, 1 + random() % 4});
    }
    std::string again;
    for (const TextPart& part : tokens.split(text, markup)) {
      again += part.token >= 0 ? vocabulary.pieces[static_cast<size_t>(part.token)]
                               : std::string(part.text);
    }
    ASSERT_EQ(again, text);
  }
}

TEST(SpecialTokens, RefusesOneThatIsTooLong) {
  Vocabulary vocabulary = specials();
  add_piece(vocabulary, std::string(513, 'x'), kControlPiece);

  EXPECT_THROW(SpecialTokens{vocabulary}, ModelError);
}

TEST(SpecialTokens, TextBetweenTwoIsEncodedAsOneWhateverItsRanges) {
  Vocabulary vocabulary = byte_vocabulary({{"a", "b"}});
  const int32_t end = add_piece(vocabulary, "<|end|>", kControlPiece);
  const ByteBpe tokenizer(vocabulary);

  const auto tokens = tokenizer.encode({"ab<|end|>ab", {{0, 1}, {2, 8}}}, false);

  EXPECT_EQ(tokens, (std::vector<int32_t>{256, end, 256}));
}

TEST(SpecialTokens, AUsersLettersStayTextInRealVocabularies) {
  for (const char* name : {"gpt-2", "llama-spm", "deepseek-coder"}) {
    const auto file =
        kTokenizerData / "llamacpp" / (std::string("ggml-vocab-") + name + ".gguf");
    const Vocabulary vocabulary = open_model(file, {})->manifest().vocabulary;
    const auto tokenizer = make_tokenizer(vocabulary);
    for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
      const auto token = static_cast<int32_t>(id);
      if (!tokenizer->is_control(token)) continue;
      const std::string& text = vocabulary.pieces[id];
      const auto as_text = tokenizer->encode(text, false);

      EXPECT_EQ(std::ranges::count(as_text, token), 0) << text;
      EXPECT_EQ(tokenizer->decode(as_text), text);
      EXPECT_EQ(tokenizer->encode(all_markup(text), false), std::vector{token});
    }
  }
}

}  // namespace
}  // namespace suan::engine
