#include <string>

#include <gtest/gtest.h>

#include "tests/engine/grammar/support.h"

namespace suan::engine {
namespace {

TEST(SchemaRefusal, NamesTheKeywordAndItsPlace) {
  EXPECT_EQ(refusal(schema(R"({"properties":{"a/b":{"not":{}}}})")),
            "\"not\" is not supported (at /properties/a~1b/not)");
  EXPECT_EQ(refusal(schema(R"({"items":{"if":{},"then":{}}})")),
            "\"if\" is not supported (at /items/if)");
  EXPECT_EQ(refusal(schema(R"({"anyOf":[{"type":"null"},{"uniqueItems":true}]})")),
            "\"uniqueItems\" is not supported (at /anyOf/1/uniqueItems)");
  EXPECT_EQ(refusal(schema(R"({"$defs":{"x":{"patternProperties":{}}},"$ref":"#/$defs/x"})")),
            "\"patternProperties\" is not supported (at /$defs/x/patternProperties)");
  EXPECT_EQ(refusal(schema(R"({"type":"string","format":"iri"})")),
            "the format \"iri\" is not supported (at /format)");
  EXPECT_EQ(refusal(schema(R"({"type":"text"})")), "the type \"text\" is unknown (at /type)");
}

TEST(SchemaRefusal, PassesOverAnnotations) {
  EXPECT_EQ(refusal(schema(R"({"title":"a","description":"b","default":1,"examples":[2],
      "$schema":"https://json-schema.org/draft/2020-12/schema","$id":"x","$comment":"c",
      "deprecated":true,"readOnly":true,"x-order":3,"type":"integer"})")),
            "");
}

TEST(SchemaRefusal, PatternsNameWhatTheyMayNotUse) {
  const auto pattern = [](const std::string& text) {
    return refusal(schema(R"({"type":"string","pattern":")" + text + "\"}"));
  };
  EXPECT_EQ(pattern("(?=a)b"), "lookaround is not supported (at /pattern)");
  EXPECT_EQ(pattern("(?<!a)b"), "lookaround is not supported (at /pattern)");
  EXPECT_EQ(pattern(R"((a)\\1)"), "back-references are not supported (at /pattern)");
  EXPECT_EQ(pattern(R"(\\bx)"), "word boundaries are not supported (at /pattern)");
  EXPECT_EQ(pattern(R"(\\p{L})"), "Unicode properties (\\p) are not supported (at /pattern)");
  EXPECT_EQ(pattern("(a"), "a ) is missing (at /pattern)");
  EXPECT_EQ(pattern("a)"), "a ) has no ( (at /pattern)");
  EXPECT_EQ(pattern("[b-a]"), "a range of characters is out of order (at /pattern)");
  EXPECT_EQ(pattern("*a"), "nothing stands before * (at /pattern)");
  EXPECT_EQ(pattern("a{2000}"), "it needs more than 1024 states (at /pattern)");
  EXPECT_EQ(pattern("(?<name>a)(?:b)+?"), "");
}

TEST(SchemaRefusal, OneOfMustBeToldApart) {
  EXPECT_EQ(
      refusal(schema(R"({"oneOf":[{"type":"integer"},{"type":"number"}]})")).substr(0, 47),
      "a value may fit both branch 0 and 1: use anyOf,");
  EXPECT_EQ(refusal(schema(R"({"oneOf":[{"type":"integer"},{"type":"string"}]})")), "");
  EXPECT_EQ(refusal(schema(R"({"oneOf":[{"const":1},{"enum":[2,3]}]})")), "");
}

TEST(SchemaRefusal, WhatCannotBeSatisfiedIsRefused) {
  const std::string never = "no text fits: every way through the grammar goes on forever";
  EXPECT_EQ(refusal(schema("false")), never);
  EXPECT_EQ(refusal(schema(R"({"type":"integer","minimum":3,"maximum":2})")), never);
  EXPECT_EQ(refusal(schema(R"({"type":"array","minItems":3,"maxItems":2})")), never);
  EXPECT_EQ(refusal(schema(R"({"properties":{"a":{"$ref":"#"}},"required":["a"]})")), never);
  EXPECT_EQ(refusal(schema(R"({"type":"string","pattern":"a^b"})")), never);
  EXPECT_NE(refusal(schema(R"({"$ref":"#"})")).find("begins with itself"), std::string::npos);
  EXPECT_NE(refusal(schema(R"({"anyOf":[{"$ref":"#"},{"type":"null"}]})")).find("begins with"),
            std::string::npos);
  EXPECT_EQ(refusal(schema(R"({"required":["x"],"additionalProperties":false})")),
            "\"x\" is required, but not allowed (at /required)");
}

TEST(SchemaRefusal, ReferencesStayInsideTheSchema) {
  const std::string rest =
      " points to nothing in this schema; only \"#\" and \"#/...\" are followed (at /)";
  EXPECT_EQ(refusal(schema(R"({"$ref":"#/$defs/x"})")), "$ref \"#/$defs/x\"" + rest);
  EXPECT_EQ(refusal(schema(R"({"$ref":"http://x/y"})")), "$ref \"http://x/y\"" + rest);
  EXPECT_EQ(refusal(schema(R"({"$ref":"#anchor"})")), "$ref \"#anchor\"" + rest);
}

TEST(SchemaRefusal, BrokenJsonIsRefused) {
  EXPECT_EQ(refusal(schema("{")), "no JSON: broken at byte 2");
  EXPECT_EQ(refusal(schema("{\"a\":1,\"a\":2}")), "the name \"a\" comes twice in one object");
  EXPECT_EQ(refusal(schema("\xff")), "the source is no UTF-8");
  EXPECT_EQ(refusal(schema("[]")), "a schema is neither an object nor a bool (at /)");
}

}  // namespace
}  // namespace suan::engine
