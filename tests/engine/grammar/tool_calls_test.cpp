#include <string>

#include <gtest/gtest.h>

#include "engine/grammar/grammar_cache.h"
#include "tests/engine/grammar/support.h"

namespace suan::engine {
namespace {

GrammarSource two_functions() {
  GrammarSource source{.kind = GrammarSource::Kind::ToolCalls};
  source.functions = {{"now", ""},
                      {"add", R"({"type":"object","properties":{"a":{"type":"integer"}},
                                  "required":["a"]})"}};
  source.format = {.begin = "<calls>",
                   .call_begin = "{\"name\": \"",
                   .name_end = "\", \"arguments\": ",
                   .call_end = "}",
                   .between = "\n",
                   .end = "</calls>"};
  return source;
}

TEST(ToolCalls, CallOneOrMoreOfTheFunctions) {
  const auto grammar = compiled(two_functions());

  EXPECT_TRUE(fits(grammar, R"(<calls>{"name": "add", "arguments": {"a":1}}</calls>)"));
  EXPECT_TRUE(fits(grammar,
                   "<calls>{\"name\": \"now\", \"arguments\": {}}\n"
                   "{\"name\": \"add\", \"arguments\": { \"a\": -2 }}</calls>"));
  EXPECT_FALSE(may_begin(grammar, R"(<calls>{"name": "sub)"));
  EXPECT_FALSE(may_begin(grammar, R"(<calls>{"name": "add", "arguments": {}})"));
  EXPECT_FALSE(may_begin(grammar, "Hello"));
}

TEST(ToolCalls, MayBeLimitedToOne) {
  GrammarSource source = two_functions();
  source.format.has_many = false;
  const auto grammar = compiled(source);

  EXPECT_TRUE(fits(grammar, R"(<calls>{"name": "now", "arguments": {}}</calls>)"));
  EXPECT_FALSE(may_begin(grammar, "<calls>{\"name\": \"now\", \"arguments\": {}}\n"));
}

TEST(ToolCalls, MayComeAfterTextOrNotAtAll) {
  GrammarSource source = two_functions();
  source.format.is_optional = true;
  for (const bool has_begin : {true, false}) {
    if (!has_begin) source.format.begin.clear();
    const std::string begin = has_begin ? "<calls>" : "";
    const auto grammar = compiled(source);
    EXPECT_TRUE(fits(grammar, "It is <late>."));
    EXPECT_TRUE(fits(grammar, ""));
    EXPECT_TRUE(
        fits(grammar, "Let me see: " + begin + R"({"name": "now", "arguments": {}}</calls>)"));
    EXPECT_FALSE(may_begin(grammar, "Let me see: " + begin + R"({"name": "sub)"));
  }
}

TEST(ToolCalls, NamesOfSpecialTokensStandForThem) {
  const auto table = byte_table();
  const int32_t tool = end_of(*table) + 1;
  GrammarSource source = two_functions();
  source.format.begin = "<|tool|>";
  source.format.is_optional = true;
  GrammarState state(compiled(source, table));

  ASSERT_TRUE(state.accept('H') && state.accept('i'));
  EXPECT_TRUE(state.is_complete());
  ASSERT_TRUE(state.accept(tool));
  EXPECT_FALSE(state.is_complete());
  EXPECT_EQ(allowed(state, *table), std::vector<int32_t>{'{'});
}

TEST(ToolCalls, SayWhichFunctionIsWrong) {
  GrammarSource source = two_functions();
  source.functions.push_back({"bad", R"({"properties":{"x":{"not":{}}}})"});
  EXPECT_EQ(refusal(source),
            "the function \"bad\": \"not\" is not supported (at /properties/x/not)");
  source.functions.clear();
  EXPECT_EQ(refusal(source), "there is no function to call");
}

TEST(GrammarCache, FindsTheSameSourceAgain) {
  GrammarCache cache(byte_table());
  const auto first = cache.get(two_functions());
  GrammarSource other = two_functions();
  other.format.end += "\n";

  ASSERT_TRUE(first);
  EXPECT_EQ(cache.get(two_functions()), first);
  EXPECT_NE(cache.get(other), first);
  EXPECT_FALSE(cache.get(gbnf("root ::= x")));
  EXPECT_EQ(cache.size(), 2U);
}

TEST(GrammarCache, DropsWhatWasNotAskedForTheLongest) {
  const auto number = [](int n) { return gbnf("root ::= \"" + std::to_string(n) + "\""); };
  GrammarCache measure(byte_table());
  (void)measure.get(number(100));
  GrammarCache cache(byte_table(), 3 * measure.bytes());
  for (const int n : {100, 101, 102})
    (void)cache.get(number(n));
  const auto first = cache.get(number(100));

  (void)cache.get(number(103));

  EXPECT_EQ(cache.size(), 3U);
  EXPECT_EQ(cache.get(number(100)), first);
  EXPECT_LE(cache.bytes(), 3 * measure.bytes());
}

}  // namespace
}  // namespace suan::engine
