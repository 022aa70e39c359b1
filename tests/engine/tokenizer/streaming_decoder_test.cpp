#include <gtest/gtest.h>

#include "engine/tokenizer/tokenizer.h"
#include "engine/tokenizer/utf8.h"
#include "tests/engine/tokenizer/real_tokenizers.h"
#include "tests/engine/tokenizer/small_vocabularies.h"

namespace suan::engine {
namespace {

constexpr const char* kReplacement = "\xEF\xBF\xBD";

/// Token N is the byte N.
class Bytes : public Tokenizer {
 public:
  [[nodiscard]] std::vector<int32_t> encode(std::string_view text, bool) const override {
    std::vector<int32_t> tokens;
    for (const char c : text)
      tokens.push_back(static_cast<unsigned char>(c));
    return tokens;
  }

  [[nodiscard]] std::vector<int32_t> encode(const MarkedText& text, bool) const override {
    return encode(text.text, false);
  }

  [[nodiscard]] std::string piece(int32_t, int32_t token) const override {
    return {static_cast<char>(token)};
  }

  [[nodiscard]] bool is_control(int32_t) const override { return false; }

  [[nodiscard]] std::string control_text(int32_t) const override { return {}; }

  [[nodiscard]] bool is_end(int32_t) const override { return false; }

  [[nodiscard]] int32_t bos() const override { return -1; }

  [[nodiscard]] uint32_t size() const override { return 256; }
};

/// The text after each byte, with `|` between.
std::string stream(std::string_view bytes) {
  const Bytes tokenizer;
  StreamingDecoder decoder(tokenizer);
  std::string text;
  for (const int32_t token : tokenizer.encode(bytes, false))
    text += decoder.push(token) + '|';
  return text + decoder.finish();
}

/// The same bytes with U+FFFD for what is no UTF-8, by the standard's rule.
std::string whole_characters(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const Utf8Sequence sequence = first_utf8_sequence(bytes);
    const bool is_whole = sequence.state == Utf8State::Whole;
    text += is_whole ? std::string(bytes.substr(0, sequence.bytes)) : kReplacement;
    bytes.remove_prefix(sequence.bytes);
  }
  return text;
}

TEST(StreamingDecoder, HoldsACharacterBackUntilItIsWhole) {
  EXPECT_EQ(stream("a\xE7\xAE\x97z"), "a|||\xE7\xAE\x97|z|");
  EXPECT_EQ(stream("\xF0\x9F\xA6\x99"), "|||\xF0\x9F\xA6\x99|");
}

TEST(StreamingDecoder, ReplacesBytesThatNoContinuationCanSave) {
  const std::string r = kReplacement;

  EXPECT_EQ(stream("\xFF"
                   "a"),
            r + "|a|");
  EXPECT_EQ(stream("\x80"), r + "|");
  EXPECT_EQ(stream("\xC0\xAF"), r + "|" + r + "|");
  EXPECT_EQ(stream("\xE7\xAE"
                   "a"),
            "||" + r + "a|");
  EXPECT_EQ(stream("\xED\xA0\x80"), "|" + r + r + "|" + r + "|");  // a surrogate
  EXPECT_EQ(stream("\xF4\x90"), "|" + r + r + "|");                // past U+10FFFF
}

TEST(StreamingDecoder, ACharacterThatTheEndCutsOffIsReplaced) {
  EXPECT_EQ(stream("\xE7\xAE"), std::string("||") + kReplacement);
  EXPECT_EQ(stream("ok"), "o|k|");
}

TEST(StreamingDecoder, WhateverComesItGivesUtf8) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string bytes = {static_cast<char>(first), static_cast<char>(second), '\x9F'};
      ASSERT_TRUE(is_utf8(stream(bytes))) << first << ' ' << second;
    }
  }
}

/// All text that comes out, token by token.
std::string streamed(const Tokenizer& tokenizer, const std::vector<int32_t>& tokens) {
  StreamingDecoder decoder(tokenizer);
  decoder.start_after(tokenizer.bos());
  std::string text;
  for (const int32_t token : tokens) {
    const std::string more = decoder.push(token);
    EXPECT_TRUE(is_utf8(more));
    text += more;
  }
  return text + decoder.finish();
}

class RealVocabulary : public ::testing::TestWithParam<const char*> {
 protected:
  const std::unique_ptr<Tokenizer> tokenizer = testing::tokenizer_of(
      testing::kTokenizerData / "llamacpp" / (std::string("ggml-vocab-") + GetParam()));
};

TEST_P(RealVocabulary, StreamsWhatItDecodesAtOnce) {
  std::mt19937 random(6);
  std::vector<std::string> parts = testing::kManyKinds;
  std::erase_if(parts, [](const std::string& part) { return !is_utf8(part); });

  for (size_t round = 0; round < 200; ++round) {
    const std::string text = testing::random_text(random, parts, round);
    const auto tokens = tokenizer->encode(text, false);
    ASSERT_EQ(streamed(*tokenizer, tokens), text);
    ASSERT_EQ(tokenizer->decode(tokens), text);
  }
}

TEST_P(RealVocabulary, StreamsAnyTokensAsTheirBytesAtOnce) {
  std::mt19937 random(7);

  for (size_t round = 0; round < 200; ++round) {
    std::vector<int32_t> tokens;
    for (size_t i = 0; i < round; ++i) {
      // Half of them among the first, where bytes are.
      const uint32_t last = i % 2 == 0 ? 300 : tokenizer->size();
      tokens.push_back(static_cast<int32_t>(random() % last));
    }
    ASSERT_EQ(streamed(*tokenizer, tokens), whole_characters(tokenizer->decode(tokens)));
  }
}

INSTANTIATE_TEST_SUITE_P(Llamacpp,
                         RealVocabulary,
                         ::testing::Values("gpt-2.gguf",
                                           "deepseek-coder.gguf",
                                           "llama-spm.gguf"));

}  // namespace
}  // namespace suan::engine
