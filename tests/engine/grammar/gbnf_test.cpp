#include <string>

#include <gtest/gtest.h>

#include "tests/engine/grammar/support.h"

namespace suan::engine {
namespace {

TEST(Gbnf, ReadsLiteralsClassesGroupsAndRepetitions) {
  const auto grammar = compiled(gbnf(R"(
# a comment
root ::= ("x" | [a-c] [^a-c]) "-"? num{2,3} end*   # another
num ::= [0-9] |
        "ten"
end ::= "." "\n")"));

  EXPECT_TRUE(fits(grammar, "x12"));
  EXPECT_TRUE(fits(grammar, "x-ten1ten"));
  EXPECT_TRUE(fits(grammar, "bé12.\n.\n"));
  EXPECT_FALSE(fits(grammar, "ba12"));
  EXPECT_FALSE(fits(grammar, "x1"));
  EXPECT_FALSE(fits(grammar, "x1234"));
  EXPECT_FALSE(fits(grammar, "x12."));
}

TEST(Gbnf, ReadsEscapes) {
  const auto grammar =
      compiled(gbnf(R"(root ::= "\x41\u00e9\U0001F600\n\t\"\\" [\]\-\x30-\x32])"));

  EXPECT_TRUE(fits(grammar, "Aé\U0001F600\n\t\"\\]"));
  EXPECT_TRUE(fits(grammar, "Aé\U0001F600\n\t\"\\1"));
  EXPECT_FALSE(fits(grammar, "Aé\U0001F600\n\t\"\\3"));
}

TEST(Gbnf, AdmitsNestingAndRecursion) {
  const auto grammar = compiled(gbnf("root ::= \"(\" root \")\" root | \"\""));

  EXPECT_TRUE(fits(grammar, ""));
  EXPECT_TRUE(fits(grammar, "(()())()"));
  EXPECT_FALSE(fits(grammar, "(()"));
  EXPECT_FALSE(may_begin(grammar, "())"));
}

TEST(Gbnf, ADotIsOneWholeCharacter) {
  const auto grammar = compiled(gbnf("root ::= . ."));

  EXPECT_TRUE(fits(grammar, "é\U0001F600"));
  EXPECT_FALSE(may_begin(grammar, "\xff"));
  EXPECT_FALSE(may_begin(grammar, "\xc0\x80"));      // overlong
  EXPECT_FALSE(may_begin(grammar, "\xed\xa0\x80"));  // a surrogate
  EXPECT_FALSE(may_begin(grammar, "\xf4\x90"));      // beyond U+10FFFF
  EXPECT_FALSE(fits(grammar, "é\xf0\x9f\x98"));
}

TEST(Gbnf, ASpecialTokenIsAdmittedByNameAlone) {
  const auto table = byte_table();
  const int32_t tool = end_of(*table) + 1;
  const auto named = compiled(gbnf("root ::= <|tool|> \"a\""), table);
  const auto any = compiled(gbnf("root ::= .*"), table);

  GrammarState state(named);
  EXPECT_EQ(allowed(state, *table), std::vector<int32_t>{tool});
  EXPECT_TRUE(state.accept(tool));
  EXPECT_EQ(allowed(state, *table), std::vector<int32_t>{'a'});
  GrammarState other(any);
  EXPECT_FALSE(other.accept(tool));
}

TEST(Gbnf, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(refusal(gbnf("")), "the source is empty");
  EXPECT_EQ(refusal(gbnf("# nothing\n")), "the grammar is empty");
  EXPECT_EQ(refusal(gbnf("a ::= \"x\"")), "there is no rule \"root\"");
  EXPECT_EQ(refusal(gbnf("root ::= a")), "the rule \"a\" is not defined");
  EXPECT_EQ(refusal(gbnf("root ::= \"a\"\nroot ::= \"b\"")),
            "line 2: the rule \"root\" is defined twice");
  EXPECT_EQ(refusal(gbnf("root ::= \"a\n\"")), "line 1: a \" is missing");
  EXPECT_EQ(refusal(gbnf("root ::= (\"a\"")), "line 1: a ) is missing");
  EXPECT_EQ(refusal(gbnf("root ::= \"a\")")), "line 1: \")\" is not expected here");
  EXPECT_EQ(refusal(gbnf("root ::= [z-a]")),
            "line 1: a range of characters ends before it begins");
  EXPECT_EQ(refusal(gbnf("root ::= \"\\q\"")), "line 1: the escape \\q is unknown");
  EXPECT_EQ(refusal(gbnf("root ::= \"a\"{3,2}")),
            "line 1: a repetition of at least 3 and at most 2 times");
  EXPECT_EQ(refusal(gbnf("root ::= <nothing>")), "line 1: <nothing> is no token of this model");
  EXPECT_EQ(refusal(gbnf("root = \"a\"")), "line 1: ::= is missing after root");
}

TEST(Gbnf, RefusesWhatNeverEndsOrBeginsWithItself) {
  EXPECT_EQ(refusal(gbnf("root ::= \"a\" root")),
            "no text fits: every way through the grammar goes on forever");
  const std::string circle = " begins with itself (left recursion), perhaps through others";
  EXPECT_EQ(refusal(gbnf("root ::= root \"a\" | \"b\"")), "the rule \"root\"" + circle);
  EXPECT_EQ(refusal(gbnf("root ::= a\na ::= n* b \"x\" | \"y\"\nb ::= a\nn ::= \"1\"")),
            "the rule \"a\"" + circle);
}

TEST(Gbnf, LoopsOverNothingAreHarmless) {
  const auto grammar = compiled(gbnf("root ::= ((\"a\"?)* | (\"\")*)* \"b\""));

  EXPECT_TRUE(fits(grammar, "aaab"));
  EXPECT_TRUE(fits(grammar, "b"));
  EXPECT_FALSE(may_begin(grammar, "ac"));
}

}  // namespace
}  // namespace suan::engine
