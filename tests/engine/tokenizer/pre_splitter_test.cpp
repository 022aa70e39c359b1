#include "engine/tokenizer/pre_splitter.h"

#include <array>

#include <gtest/gtest.h>

#include "tests/engine/tokenizer/small_vocabularies.h"

namespace suan::engine {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

constexpr std::array kRuleNames = {
    "gpt-2",        "qwen2",          "llama-bpe",          "deepseek-v3",
    "deepseek-llm", "deepseek-coder", "deepseek-llm-digits"};

PreSplitter splitter(std::string_view rule) {
  return PreSplitter(*find_split_rule(rule));
}

/// The words, with `|` between.
std::string words_of(std::string_view rule, std::string_view text) {
  std::string all;
  for (const std::string_view word : splitter(rule).split(text)) {
    if (!all.empty()) all += '|';
    all += word;
  }
  return all;
}

TEST(PreSplitter, TreatsContractionsAsTheRulesDo) {
  EXPECT_EQ(words_of("gpt-2", "He's HE'S"), "He|'s| HE|'|S");
  EXPECT_EQ(words_of("qwen2", "He's HE'S we'll"), "He|'s| HE|'S| we|'ll");
  EXPECT_EQ(words_of("deepseek-v3", "He's"), "He|'s");
}

TEST(PreSplitter, TreatsDigitsAsTheRulesDo) {
  EXPECT_EQ(words_of("gpt-2", "a 12345"), "a| 12345");
  EXPECT_EQ(words_of("qwen2", "a 12345"), "a| |1|2|3|4|5");
  EXPECT_EQ(words_of("llama-bpe", "a 12345"), "a| |123|45");
  EXPECT_EQ(words_of("deepseek-v3", "a 12345"), "a| |123|45");
  EXPECT_EQ(words_of("deepseek-llm", "a 12345"), "a| |12345");
  EXPECT_EQ(words_of("deepseek-coder", "a 123"), "a| |1|2|3");
}

TEST(PreSplitter, LeavesTheLastSpaceOfARunToTheWord) {
  EXPECT_EQ(words_of("gpt-2", "a   b  "), "a|  | b|  ");
  EXPECT_EQ(words_of("qwen2", "a \n\n  b"), "a| \n\n| | b");
  EXPECT_EQ(words_of("deepseek-llm", "a   b  "), "a|  | b|  ");
}

TEST(PreSplitter, CutsScriptsAsTheRulesDo) {
  EXPECT_EQ(words_of("deepseek-v3", "abc算网abcかな"), "abc|算网|abc|かな");
  EXPECT_EQ(words_of("deepseek-coder", "abc算网"), "abc|算网");
  EXPECT_EQ(words_of("qwen2", "abc算网"), "abc算网");
  EXPECT_EQ(words_of("deepseek-v3", "#include <a.b>"), "#include| <|a|.b|>");
}

TEST(PreSplitter, KnowsUnicodesWhiteSpaceAndNoOther) {
  EXPECT_EQ(words_of("gpt-2", "a\u3000\u3000b"), "a|\u3000|\u3000|b");
  EXPECT_EQ(words_of("gpt-2", "a\u0085\u0085b"), "a|\u0085|\u0085|b");
  EXPECT_EQ(words_of("gpt-2", "!\u180E!"), "!\u180E!");  // a space until Unicode 6.3
}

TEST(PreSplitter, BytesThatAreNoUtf8AreWordsOfTheirOwn) {
  EXPECT_EQ(words_of("qwen2", "ab\xFF\xFEzz"), "ab|\xFF\xFE|zz");
  EXPECT_EQ(words_of("qwen2", "\xE7\xAE"), "\xE7\xAE");
  EXPECT_EQ(words_of("qwen2", ""), "");
}

TEST(PreSplitter, TheWordsTogetherAreTheText) {
  std::mt19937 random(4);

  for (const char* rule : kRuleNames) {
    const PreSplitter split = splitter(rule);
    for (size_t round = 0; round < 200; ++round) {
      const std::string text =
          round % 2 == 0 ? random_text(random, kManyKinds, round) : random_bytes(random, round);
      std::string again;
      for (const std::string_view word : split.split(text)) {
        ASSERT_FALSE(word.empty());
        again += word;
      }
      ASSERT_EQ(again, text) << rule;
    }
  }
}

TEST(SplitRules, AreFoundByTheirOtherNames) {
  EXPECT_EQ(find_split_rule("deepseek-r1-qwen")->name, "qwen2");
  EXPECT_EQ(find_split_rule("smaug-bpe")->name, "llama-bpe");
  EXPECT_EQ(find_split_rule("default"), nullptr);
  EXPECT_TRUE(keeps_whole_pieces("llama-v3"));
  EXPECT_FALSE(keeps_whole_pieces("smaug-bpe"));  // the same rule, but no such promise
}

TEST(SplitRules, AreFoundByTheirPatternsInOrder) {
  for (const char* name : kRuleNames) {
    std::vector<std::string> patterns;
    for (const SplitPattern& pattern : find_split_rule(name)->patterns) {
      patterns.emplace_back(pattern.source);
    }
    EXPECT_EQ(find_split_rule(patterns)->name, name);
    patterns.emplace_back(R"(\p{N})");
    EXPECT_EQ(find_split_rule(patterns), nullptr);
  }
}

TEST(SplitRules, PatternsAreComparedInPlainLetters) {
  EXPECT_EQ(in_plain_letters("[\r\n]"), R"([\r\n])");
  EXPECT_EQ(in_plain_letters("[一-龥]+"), R"([\x{4E00}-\x{9FA5}]+)");
  EXPECT_EQ(in_plain_letters("\xFF"), "\xFF");
}

}  // namespace
}  // namespace suan::engine
