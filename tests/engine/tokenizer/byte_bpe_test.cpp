#include "engine/tokenizer/byte_bpe.h"

#include <limits>

#include <gtest/gtest.h>

#include "engine/tokenizer/utf8.h"
#include "engine/tokenizer/word_merger.h"
#include "engine/weights/model_file.h"
#include "tests/engine/tokenizer/real_tokenizers.h"
#include "tests/engine/tokenizer/small_vocabularies.h"

namespace suan::engine {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)
using Tokens = std::vector<int32_t>;

/// What making a tokenizer is refused with; empty: it is not.
std::string refusal_of(const Vocabulary& vocabulary) {
  try {
    static_cast<void>(make_tokenizer(vocabulary));
  } catch (const ModelError& error) {
    return error.what();
  }
  return {};
}

/// Ranks by definition: look at all pairs, merge the best, begin again.
Tokens merged_slowly(const MergeTable& merges, Tokens symbols) {
  while (true) {
    size_t best = 0;
    uint32_t rank = std::numeric_limits<uint32_t>::max();
    for (size_t i = 0; i + 1 < symbols.size(); ++i) {
      const Merge merge = merges.find(symbols[i], symbols[i + 1]);
      if (merge.rank < rank) {
        rank = merge.rank;
        best = i;
      }
    }
    if (rank == std::numeric_limits<uint32_t>::max()) return symbols;
    symbols[best] = merges.find(symbols[best], symbols[best + 1]).token;
    symbols.erase(symbols.begin() + static_cast<ptrdiff_t>(best) + 1);
  }
}

TEST(ByteBpe, MergesByRankAndTheLeftmostOfEquals) {
  const ByteBpe tokenizer(byte_vocabulary({{"b", "c"}, {"a", "b"}, {"ab", "ab"}}));

  EXPECT_EQ(tokenizer.encode("abc", false), (Tokens{'a', 256}));
  EXPECT_EQ(tokenizer.encode("ab", false), (Tokens{257}));
  EXPECT_EQ(tokenizer.encode("ababab", false), (Tokens{258, 257}));
}

TEST(ByteBpe, AWordThatIsAPieceStaysWholeOnlyWhereMergesAreIgnored) {
  Vocabulary vocabulary = byte_vocabulary({{"b", "c"}});
  const int32_t whole = add_piece(vocabulary, "abc", kNormalPiece);

  EXPECT_EQ(ByteBpe(vocabulary).encode("abc", false), (Tokens{'a', 256}));
  vocabulary.ignores_merges = true;
  EXPECT_EQ(ByteBpe(vocabulary).encode("abc", false), (Tokens{whole}));
}

TEST(ByteBpe, MergesLongWordsAsItMergesShortOnes) {
  const auto vocabulary = byte_vocabulary({{"a", "a"},
                                           {"b", "a"},
                                           {"aa", "b"},
                                           {"ba", "ba"},
                                           {"aa", "aa"},
                                           {"aab", "a"},
                                           {"b", "b"},
                                           {"aaaa", "b"},
                                           {"ba", "aa"}});
  const MergeTable merges = read_merges(vocabulary);
  WordMerger merger(merges);
  std::mt19937 random(1);

  for (size_t length = 0; length < 300; ++length) {
    Tokens symbols;
    for (size_t i = 0; i < length; ++i)
      symbols.push_back(random() % 3 == 0 ? 'b' : 'a');
    Tokens merged = symbols;
    merger.merge(merged);

    ASSERT_EQ(merged, merged_slowly(merges, symbols)) << length;
  }
}

TEST(ByteBpe, AMergeOfALowerRankThatArisesLateComesFirst) {
  // Ranks that no training gives: "cd" makes the pair of rank 0 possible.
  const auto vocabulary = byte_vocabulary({{"b", "cd"}, {"a", "b"}, {"c", "d"}});
  Vocabulary shuffled = vocabulary;
  std::swap(shuffled.merges[1], shuffled.merges[2]);
  const std::string text = "abcd";

  EXPECT_EQ(ByteBpe(vocabulary).encode(text, false), (Tokens{257, 258}));
  EXPECT_EQ(ByteBpe(shuffled).encode(text, false), (Tokens{'a', 256}));
}

TEST(ByteBpe, AnyBytesDecodeToThemselves) {
  const auto tokenizer = tokenizer_of("tests/data/tokenizer/llamacpp/ggml-vocab-gpt-2.gguf");
  std::mt19937 random(2);

  for (size_t i = 0; i < 200; ++i) {
    const std::string bytes = random_bytes(random, i);
    const std::string text = random_text(random, kManyKinds, i);
    ASSERT_EQ(tokenizer->decode(tokenizer->encode(bytes, false)), bytes);
    ASSERT_EQ(tokenizer->decode(tokenizer->encode(text, false)), text);
  }
}

TEST(ByteBpe, AByteThatTheVocabularyLacksBecomesTheReplacementCharacter) {
  const auto tokenizer =
      tokenizer_of("tests/data/tokenizer/llamacpp/ggml-vocab-deepseek-coder.gguf");

  EXPECT_EQ(tokenizer->decode(tokenizer->encode("a\xFFz", false)), "a\uFFFDz");
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("ÿ", false)), "ÿ");  // a piece of its own
}

TEST(ByteBpe, BringsTextToFormCWhereTheVocabularyAsksForIt) {
  Vocabulary vocabulary = byte_vocabulary();
  const std::string decomposed = "e\u0301";

  EXPECT_EQ(ByteBpe(vocabulary).encode(decomposed, false).size(), 3U);
  vocabulary.normalizes_nfc = true;
  EXPECT_EQ(ByteBpe(vocabulary).encode(decomposed, false), (Tokens{0xC3, 0xA9}));
}

TEST(ByteBpe, ATokenHasBytesAndAControlTokenHasNone) {
  Vocabulary vocabulary = byte_vocabulary({{"\xE7", "\xAE"}});
  const int32_t control = add_piece(vocabulary, "<|end|>", kControlPiece);
  const int32_t added = add_piece(vocabulary, "<think>", kUserDefinedPiece);
  const int32_t unused = add_piece(vocabulary, "[PAD]", kUnusedPiece);
  const ByteBpe tokenizer(vocabulary);

  EXPECT_EQ(tokenizer.token_bytes(256), "\xE7\xAE");
  EXPECT_EQ(tokenizer.token_bytes(control), "");
  EXPECT_EQ(tokenizer.control_text(control), "<|end|>");
  EXPECT_EQ(tokenizer.token_bytes(added), "<think>");
  EXPECT_EQ(tokenizer.control_text(added), "");
  EXPECT_EQ(tokenizer.token_bytes(unused), "");
  EXPECT_EQ(tokenizer.token_bytes(-1) + tokenizer.token_bytes(1 << 20), "");
  EXPECT_TRUE(tokenizer.is_control(control));
  EXPECT_FALSE(tokenizer.is_control(added));
  EXPECT_FALSE(tokenizer.is_control(-1));
}

TEST(ByteBpe, RefusesARuleThatItDoesNotKnowByName) {
  EXPECT_NE(refusal_of(byte_vocabulary({}, "tekken")).find("'tekken'"), std::string::npos)
      << refusal_of(byte_vocabulary({}, "tekken"));
  EXPECT_NE(refusal_of(byte_vocabulary({}, "")).find("no splitting rule"), std::string::npos);
  EXPECT_EQ(refusal_of(byte_vocabulary({}, "deepseek-r1-qwen")), "");
}

TEST(ByteBpe, RefusesMergesThatItCannotMake) {
  for (const char* merge : {"a", "a ", " a b", "a nothere", "a b", "q q q"}) {
    Vocabulary vocabulary = byte_vocabulary();
    vocabulary.merges.emplace_back(merge);

    EXPECT_NE(refusal_of(vocabulary).find("merge 0"), std::string::npos) << merge;
  }
}

TEST(ByteBpe, RefusesAVocabularyWithoutTypes) {
  Vocabulary vocabulary = byte_vocabulary();
  vocabulary.types.pop_back();

  EXPECT_NE(refusal_of(vocabulary).find("types"), std::string::npos);
  EXPECT_NE(refusal_of(Vocabulary{}).find("no vocabulary"), std::string::npos);
}

}  // namespace
}  // namespace suan::engine
