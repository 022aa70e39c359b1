// Texts that make careless tokenizers take minutes (J9).
#include <ctime>

#include <gtest/gtest.h>

#include "tests/engine/tokenizer/real_tokenizers.h"
#include "tests/engine/tokenizer/small_vocabularies.h"

namespace suan::engine {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

constexpr size_t kBytes = 300'000;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double kSecondsMax = 6;
#else
constexpr double kSecondsMax = 1;  // mostly a tenth of it; quadratic time would be minutes
#endif

std::string repeated(std::string_view part, size_t bytes = kBytes) {
  std::string text;
  while (text.size() < bytes)
    text += part;
  return text;
}

std::vector<std::string> texts() {
  std::vector<std::string> texts;
  for (const char* part :
       {"a",      " ",      "ab", "\n",     " \n",          "1",           "算",
        "'",      "<",      "<|", "\u0301", "\u0301\u0323", "\xFF",        "a\xFF",
        "\u3000", "\u180E", "!",  "🦙",   "aaaaaaa ",     "\xE2\x96\x81"}) {
    texts.push_back(repeated(part));
  }
  texts.push_back(repeated(" ") + "1");
  texts.push_back(repeated(" ") + "x");
  texts.push_back(repeated("\t") + "!");
  texts.push_back("1" + repeated("   ") + "\u0660");
  return texts;
}

/// Of this process, so that a busy machine does not count.
double seconds_to_encode(const Tokenizer& tokenizer, const std::string& text) {
  const std::clock_t start = std::clock();
  const auto tokens = tokenizer.encode(all_markup(text), true);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  EXPECT_FALSE(tokens.empty());
  return seconds;
}

void expect_quick(const Tokenizer& tokenizer, const std::string& name) {
  for (const std::string& text : texts()) {
    EXPECT_LT(seconds_to_encode(tokenizer, text), kSecondsMax)
        << name << ", " << text.substr(0, 6);
  }
}

class AdversarialRule : public ::testing::TestWithParam<const char*> {};

TEST_P(AdversarialRule, TextsTakeTimeInProportion) {
  const std::string name = GetParam();
  Vocabulary vocabulary = vocabulary_of(kTokenizerData / "llamacpp/ggml-vocab-gpt-2.gguf");
  vocabulary.pre_split = name;
  vocabulary.normalizes_nfc = true;

  expect_quick(*make_tokenizer(vocabulary), name);
}

INSTANTIATE_TEST_SUITE_P(Rules,
                         AdversarialRule,
                         ::testing::Values("gpt-2",
                                           "qwen2",
                                           "llama-bpe",
                                           "deepseek-v3",
                                           "deepseek-llm",
                                           "deepseek-coder"));

TEST(AdversarialText, OfAMegabyteTakesWellUnderASecond) {
  const auto tokenizer = tokenizer_of(kTokenizerData / "llamacpp/ggml-vocab-gpt-2.gguf");

  for (const char* part : {"a", " "}) {
    EXPECT_LT(seconds_to_encode(*tokenizer, repeated(part, 1'000'000)), 2 * kSecondsMax);
  }
}

TEST(AdversarialText, TakesTimeInProportionForSentencePieceToo) {
  const auto file = kTokenizerData / "llamacpp/ggml-vocab-llama-spm.gguf";

  expect_quick(*tokenizer_of(file), "llama-spm");
}

}  // namespace
}  // namespace suan::engine
