#include <ctime>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/engine/grammar/support.h"

namespace suan::engine {
namespace {

std::string repeated(const std::string& text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i)
    all += text;
  return all;
}

double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// Compiles within two seconds, refused or not; ten of processor time with sanitizers.
std::string refusal_in_time(const GrammarSource& source) {
  const double begin = processor_seconds();
  std::string message = refusal(source);
  EXPECT_LT(processor_seconds() - begin, 10) << source.text.substr(0, 60);
  return message;
}

TEST(HostileGrammar, NestingAndSizeAreBounded) {
  EXPECT_EQ(refusal_in_time(gbnf("root ::= " + std::string(10'000, '('))),
            "line 1: brackets are nested more than 128 deep");
  EXPECT_EQ(refusal_in_time(gbnf("root ::= \"a\"" + std::string(10'000, '?'))),
            "line 1: too many repetition marks");
  EXPECT_EQ(refusal_in_time(gbnf(std::string(70'000, ' '))),
            "the source is 70000 bytes long, more than 65536");
  EXPECT_EQ(refusal_in_time(schema(std::string(30'000, '['))),
            "values are nested more than 128 deep");
  EXPECT_EQ(
      refusal_in_time(schema(repeated(R"({"items":)", 200) + "1" + std::string(200, '}'))),
      "values are nested more than 128 deep");
  EXPECT_EQ(refusal_in_time(schema(R"({"pattern":")" + std::string(5'000, '(') + "\"}")),
            "groups are nested more than 128 deep (at /pattern)");
}

TEST(HostileGrammar, RepetitionsAreBounded) {
  const std::string states = "the grammar needs more than 160000 states";
  EXPECT_EQ(refusal_in_time(gbnf(R"(root ::= "a"{0,1000000})")), states);
  EXPECT_EQ(refusal_in_time(gbnf(R"(root ::= "a"{999999999})")), states);
  EXPECT_EQ(refusal_in_time(gbnf(R"(root ::= (("a"{0,1000}){0,1000}){0,1000})")), states);
  EXPECT_NE(refusal_in_time(gbnf(R"(root ::= (""{0,999999999}){0,999999999})")), "");
  EXPECT_NE(refusal_in_time(gbnf(R"(root ::= ("a"?){0,30000})")), "");
  EXPECT_EQ(refusal_in_time(gbnf(R"(root ::= "a"{0,99999999999})")),
            "line 1: a number is larger than 1000000000");
  EXPECT_EQ(refusal_in_time(gbnf("root ::= a{0,4000}\na ::= \"x\" | \"y\" a")), "");
}

TEST(HostileGrammar, ManyAlternativesCompile) {
  std::string words = "root ::= \"start\"";
  for (int i = 0; i < 3000; ++i)
    words += " | \"word" + std::to_string(i) + '"';
  EXPECT_EQ(refusal_in_time(gbnf(words)), "");

  std::string values = R"({"enum":["start")";
  for (int i = 0; i < 3000; ++i)
    values += ",\"word" + std::to_string(i) + '"';
  EXPECT_EQ(refusal_in_time(schema(values + "]}")), "");

  std::string rules = "root ::= r0";
  for (int i = 0; i < 4200; ++i)
    rules += "\nr" + std::to_string(i) + "::=\"\"";
  EXPECT_EQ(refusal_in_time(gbnf(rules)), "line 4097: more than 4096 rules");
}

TEST(HostileGrammar, ExponentialChoicesEndWithASentence) {
  // Each rule enters the next in two ways, so that the first byte has 2^60 stacks.
  std::string twofold;
  for (int i = 0; i < 60; ++i) {
    const std::string next = i == 59 ? "(\"a\" r59 | \"b\"){9}" : fmt::format("r{}", i + 1);
    twofold += i == 0 ? "root" : fmt::format("r{}", i);
    twofold += fmt::format(" ::= {0} \"x\" \"z\"{{40}} | {0} [xy] \"w\"{{40}}\n", next);
  }
  (void)refusal_in_time(gbnf(twofold));

  // The n-th letter from the end: 2^n sets of states, were they made deterministic.
  EXPECT_EQ(refusal_in_time(gbnf("root ::= [ab]* \"a\" [ab]{200}")), "");
  EXPECT_EQ(refusal_in_time(schema(R"({"pattern":"a[ab]{300}$"})")), "");
  (void)refusal_in_time(schema(R"({"pattern":"(a|b|ab)*c(a?){40}a{40}"})"));
}

TEST(HostileGrammar, SchemasThatGrowAreRefused) {
  std::string doubling = R"({"$ref":"#/$defs/d0","$defs":{)";
  for (int i = 0; i < 40; ++i) {
    const std::string next = fmt::format(R"({{"$ref":"#/$defs/d{}"}})", i + 1);
    doubling += fmt::format(R"("d{0}":{{"allOf":[{1},{1}]}},)", i, next);
  }
  doubling += R"("d40":{"type":"object","properties":{"a":{}}}}})";
  EXPECT_NE(refusal_in_time(schema(doubling)).find("too far"), std::string::npos);

  std::string branches;
  for (int i = 0; i < 20; ++i)
    branches += R"({"anyOf":[{"properties":{"a)" + std::to_string(i) + R"(":{}}},{}]},)";
  (void)refusal_in_time(schema(R"({"type":"object","allOf":[)" + branches + "{}]}"));

  std::string properties;
  for (int i = 0; i < 5000; ++i)
    properties += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":{}";
  (void)refusal_in_time(schema(R"({"properties":{)" + properties + "}}"));

  std::string constants;
  for (int i = 0; i < 4000; ++i)
    constants += (i > 0 ? "," : "") + std::string(R"({"const":)") + std::to_string(i) + "}";
  EXPECT_EQ(refusal_in_time(schema(R"({"oneOf":[)" + constants + "]}")),
            "the grammar takes too much work to compile");
}

TEST(HostileGrammar, TextsThatBranchOutEndAlone) {
  // After n letters the ambiguity has 2^n stacks; the text ends with a sentence, not the process.
  const auto table = byte_table();
  const auto grammar =
      compiled(gbnf("root ::= \"a\" x \"c\" | \"b\"\n"
                    "x ::= \"a\" x \"p\" | \"a\" x \"q\" \"r\" | \"a\" x [pq] \"s\" | \"\""),
               table);
  GrammarState state(grammar);
  const double begin = processor_seconds();
  int taken = 0;
  while (taken < 5000 && state.accept('a')) {
    ++taken;
    (void)allowed(state, *table);
  }

  EXPECT_GT(taken, 5);
  EXPECT_FALSE(state.failure().empty());
  EXPECT_LT(processor_seconds() - begin, 20);
}

TEST(HostileGrammar, LongTextsKeepToTheirMemory) {
  // Ever new stacks for 100,000 tokens: what is remembered is thrown away in time.
  const auto table = byte_table({"[[", "]]", "[1,2"});
  GrammarState state(compiled({.kind = GrammarSource::Kind::JsonObject}, table));
  for (const char byte : std::string("{\"a\":[0"))
    ASSERT_TRUE(state.accept(byte));
  for (int round = 0; round < 400; ++round) {
    for (int depth = 0; depth <= round % 50; ++depth)
      ASSERT_TRUE(state.accept(',') && state.accept('[') && state.accept('1'));
    for (int depth = 0; depth <= round % 50; ++depth)
      ASSERT_TRUE(state.accept(']'));
    ASSERT_FALSE(allowed(state, *table).empty());
  }
  state.take_back(62);  // to the last [1
  EXPECT_TRUE(state.accept(','));
}

}  // namespace
}  // namespace suan::engine
