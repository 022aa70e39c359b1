#include <string>

#include <gtest/gtest.h>

#include "tests/engine/grammar/support.h"

namespace suan::engine {
namespace {

GrammarSource json_object() {
  return {.kind = GrammarSource::Kind::JsonObject};
}

TEST(JsonGrammar, AdmitsEveryKindOfValue) {
  const auto grammar = compiled(json_object());

  EXPECT_TRUE(fits(grammar, "{}"));
  EXPECT_TRUE(fits(grammar, "\n{ }"));
  EXPECT_TRUE(fits(grammar, R"({"a":[1,-2.5e+3,0,true,false,null,"x",{}],"b": {"c":[]}})"));
  EXPECT_TRUE(fits(grammar, "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": \"\"\n}"));
}

TEST(JsonGrammar, RefusesWhatIsNoJson) {
  const auto grammar = compiled(json_object());

  for (const char* text : {"[", "x", "{a", R"({"a" )", R"({"a":01)", R"({"a":+)", R"({"a":.)",
                           R"({"a":1,})", R"({"a":[1,])", R"({"a":nul}")", "{\"a\n", "{\"\x01",
                           R"({"a\x)", R"({"a":1}})", R"({"a":1.})", R"({"a":tru})"}) {
    EXPECT_FALSE(may_begin(grammar, text)) << text;
  }
}

TEST(JsonGrammar, EscapesComeWholeAndSurrogatesInPairs) {
  const auto grammar = compiled(json_object());

  EXPECT_TRUE(fits(grammar, R"({"\n\"\\\/\u00e9\uD83d\uDE00":1})"));
  EXPECT_FALSE(may_begin(grammar, R"({"\uD83d")"));
  EXPECT_FALSE(may_begin(grammar, R"({"\uD83d\u0041)"));
  EXPECT_FALSE(may_begin(grammar, R"({"\uDE00)"));
  EXPECT_FALSE(may_begin(grammar, R"({"\u12g)"));
}

TEST(JsonGrammar, StringsAreUtf8AcrossTheBordersOfTokens) {
  // The tokens cut U+1F600 and U+00E9 in the middle.
  const auto table = byte_table({"\"a\xf0\x9f", "\x98\x80\xc3", "\xa9\"", "\x80\x80"});
  const auto grammar = compiled(json_object(), table);
  GrammarState state(grammar);

  ASSERT_TRUE(state.accept('{'));
  ASSERT_TRUE(state.accept(256));
  EXPECT_FALSE(state.accept('"'));
  ASSERT_TRUE(state.accept(257));
  EXPECT_FALSE(state.accept(259));
  ASSERT_TRUE(state.accept(258));
  EXPECT_EQ(allowed(state, *table), std::vector<int32_t>{':'});
}

TEST(JsonGrammar, BlanksComeToAnEnd) {
  const auto grammar = compiled(json_object());

  EXPECT_TRUE(may_begin(grammar, "{\n\n" + std::string(32, ' ') + "}"));
  EXPECT_FALSE(may_begin(grammar, "{\n\n" + std::string(33, ' ')));
  EXPECT_FALSE(may_begin(grammar, "{  "));
  EXPECT_FALSE(may_begin(grammar, "{\n\n\n"));
}

TEST(JsonGrammar, NumbersComeToAnEnd) {
  const auto grammar = compiled(json_object());

  EXPECT_TRUE(may_begin(grammar, "{\"a\":" + std::string(18, '1')));
  EXPECT_FALSE(may_begin(grammar, "{\"a\":" + std::string(19, '1')));
  EXPECT_FALSE(may_begin(grammar, "{\"a\":1." + std::string(16, '1')));
  EXPECT_FALSE(may_begin(grammar, "{\"a\":1e100"));
}

TEST(JsonGrammar, AnEndMayComeWhenTheObjectIsWholeAndThenNothingElse) {
  const auto table = byte_table({"{}", "}\n"});
  GrammarState state(compiled(json_object(), table));

  EXPECT_FALSE(state.accept(end_of(*table)));
  ASSERT_TRUE(state.accept('{'));
  EXPECT_FALSE(state.accept(257));
  EXPECT_FALSE(state.is_complete());
  ASSERT_TRUE(state.accept('}'));
  EXPECT_TRUE(state.is_complete());
  EXPECT_EQ(allowed(state, *table), std::vector<int32_t>{end_of(*table)});
  EXPECT_TRUE(state.accept(end_of(*table)));
}

TEST(JsonGrammar, DeepNestingEndsWithASentence) {
  GrammarState state(compiled(json_object()));
  ASSERT_TRUE(state.accept('{') && state.accept('"') && state.accept('"') && state.accept(':'));
  int depth = 0;
  while (depth < 100'000 && state.accept('['))
    ++depth;

  EXPECT_GT(depth, 500);
  EXPECT_LT(depth, 5000);
  EXPECT_NE(state.failure().find("nested more than"), std::string::npos) << state.failure();
}

TEST(JsonGrammar, AStateThatNoTokenFitsSaysSo) {
  // A vocabulary of one letter cannot go on after "a".
  std::vector<TokenText> tokens{{.bytes = "a"},
                                {.bytes = "</s>", .is_control = true, .is_end = true}};
  const auto table = std::make_shared<const TokenTable>(std::move(tokens));
  GrammarState state(compiled(gbnf("root ::= \"ab\""), table));
  ASSERT_TRUE(state.accept(0));

  EXPECT_TRUE(allowed(state, *table).empty());
  EXPECT_EQ(state.failure(), "no token of the vocabulary fits the grammar here");
  EXPECT_FALSE(state.is_complete());
}

TEST(JsonGrammar, DraftsAreTakenBack) {
  const auto table = byte_table();
  GrammarState state(compiled(json_object(), table));
  for (const char byte : std::string("{\"ab"))
    ASSERT_TRUE(state.accept(byte));
  const auto before = allowed(state, *table);
  for (const char byte : std::string("\":[1"))
    ASSERT_TRUE(state.accept(byte));
  ASSERT_NE(allowed(state, *table), before);

  state.take_back(4);

  EXPECT_EQ(allowed(state, *table), before);
  EXPECT_TRUE(state.accept('c'));
}

TEST(JsonGrammar, TextMayComeBeforeAMark) {
  GrammarSource source = json_object();
  source.begins_after = "</think>";
  const auto grammar = compiled(source);

  EXPECT_TRUE(fits(grammar, "I < think </thin </think>\n\n{\"a\":1}"));
  EXPECT_TRUE(may_begin(grammar, "{\"a\": no JSON here }}"));
  EXPECT_FALSE(fits(grammar, "{\"a\":1}"));
  EXPECT_FALSE(may_begin(grammar, "</think>x"));
}

}  // namespace
}  // namespace suan::engine
