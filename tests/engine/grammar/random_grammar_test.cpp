#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/engine/grammar/plain_matcher.h"
#include "tests/engine/grammar/support.h"

namespace suan::engine {
namespace {

std::string random_text(std::mt19937& random) {
  std::string text;
  for (size_t i = 0, size = random() % 9; i < size; ++i)
    text += static_cast<char>('a' + random() % 4);
  return text;
}

std::vector<std::string> random_tokens(std::mt19937& random) {
  std::vector<std::string> tokens;
  for (int i = 0; i < 60; ++i)
    tokens.push_back(random_text(random) + static_cast<char>('a' + random() % 4));
  tokens.push_back(tokens.front());  // two tokens may be spelled alike
  return tokens;
}

/// Calls `check` for many random grammars that can be satisfied.
template <class Check>
void for_random_grammars(unsigned seed, int count, Check check) {
  std::mt19937 random(seed);
  int compiled_ones = 0;
  for (int i = 0; i < count; ++i) {
    const PlainGrammar plain = PlainGrammar::random(random);
    const auto table = byte_table(random_tokens(random));
    const auto result = compile_grammar(gbnf(plain.gbnf()), table);
    if (!result) {
      ASSERT_NE(result.error().find("no text fits"), std::string::npos)
          << result.error() << '\n'
          << plain.gbnf();
      continue;
    }
    ++compiled_ones;
    check(plain, *result, *table, random);
    if (testing::Test::HasFatalFailure()) return;
  }
  EXPECT_GT(compiled_ones, count / 2);
}

/// The tokens whose bytes a state takes one after the other, and ends where the text may end.
std::vector<int32_t> allowed_by_bytes(GrammarState& state, const TokenTable& table) {
  std::vector<int32_t> tokens;
  for (uint32_t id = 0; id < table.size(); ++id) {
    const auto token = static_cast<int32_t>(id);
    uint32_t taken = 0;
    bool fits_whole = !table.spelled(token).empty();
    for (const char byte : table.spelled(token)) {
      fits_whole = fits_whole && state.accept(static_cast<unsigned char>(byte));
      if (!fits_whole) break;
      ++taken;
    }
    state.take_back(taken);
    if (table.is_end(token)) fits_whole = state.is_complete();
    if (fits_whole) tokens.push_back(token);
  }
  return tokens;
}

TEST(RandomGrammar, FitsWhatAPlainMatcherFits) {
  int fitted = 0;
  for_random_grammars(
      1, 600, [&](const auto& plain, const auto& grammar, const auto&, auto& random) {
        for (int i = 0; i < 40; ++i) {
          const std::string text = random_text(random);
          const bool expected = plain.fits(text);
          fitted += expected ? 1 : 0;
          ASSERT_EQ(fits(grammar, text), expected) << '"' << text << "\"\n" << plain.gbnf();
        }
      });
  EXPECT_GT(fitted, 1000);
}

TEST(RandomGrammar, MasksAllowJustTheTokensWhoseBytesFit) {
  for_random_grammars(
      2, 400, [](const auto& plain, const auto& grammar, const auto& table, auto& random) {
        GrammarState state(grammar);
        for (int step = 0; step < 12; ++step) {
          const std::vector<int32_t> tokens = allowed(state, table);
          ASSERT_EQ(tokens, allowed_by_bytes(state, table)) << plain.gbnf();
          if (tokens.empty() || table.is_end(tokens.back())) break;
          ASSERT_TRUE(state.accept(tokens[random() % tokens.size()]));
        }
      });
}

TEST(RandomGrammar, WhatMasksLeadToFits) {
  int finished = 0;
  for_random_grammars(
      3, 400, [&](const auto& plain, const auto& grammar, const auto& table, auto& random) {
        GrammarState state(grammar);
        std::string text;
        for (int step = 0; step < 10; ++step) {
          const std::vector<int32_t> tokens = allowed(state, table);
          ASSERT_FALSE(tokens.empty()) << '"' << text << "\"\n" << plain.gbnf();
          const int32_t token = tokens[random() % tokens.size()];
          if (table.is_end(token)) {
            ++finished;
            ASSERT_TRUE(plain.fits(text)) << '"' << text << "\"\n" << plain.gbnf();
            return;
          }
          text += table.spelled(token);
          ASSERT_TRUE(state.accept(token));
        }
      });
  EXPECT_GT(finished, 50);
}

}  // namespace
}  // namespace suan::engine
