#include <string>

#include <gtest/gtest.h>

#include "tests/engine/grammar/support.h"

namespace suan::engine {
namespace {

TEST(Schema, PropertiesComeInOrderAndOptionalOnesMayBeLeftOut) {
  const auto grammar = compiled(schema(R"({"type":"object","properties":{
      "a":{"type":"integer"},"b":{"type":"boolean"},"c":{"type":"null"}},
      "required":["b"],"additionalProperties":false,"title":"T"})"));

  EXPECT_TRUE(fits(grammar, R"({"a":1,"b":true,"c":null})"));
  EXPECT_TRUE(fits(grammar, R"({"b": false})"));
  EXPECT_TRUE(fits(grammar, R"({ "b":true, "c":null })"));
  EXPECT_FALSE(may_begin(grammar, "{}"));
  EXPECT_FALSE(may_begin(grammar, R"({"c")"));
  EXPECT_FALSE(may_begin(grammar, R"({"b":true,"a")"));
  EXPECT_FALSE(may_begin(grammar, R"({"a":1})"));
  EXPECT_FALSE(may_begin(grammar, R"({"a":1.5)"));
  EXPECT_FALSE(may_begin(grammar, R"({"b":true,})"));
}

TEST(Schema, AllOptionalPropertiesMayBeMissing) {
  const auto grammar =
      compiled(schema(R"({"properties":{"a":{"const":1},"b":{"const":2},"c":{"const":3}}})"));

  for (const char* text : {"{}", R"({"a":1})", R"({"b":2})", R"({"c":3})", R"({"a":1,"c":3})",
                           R"({"b":2,"c":3})", R"({"a":1,"b":2,"c":3})"}) {
    EXPECT_TRUE(fits(grammar, text)) << text;
  }
  EXPECT_FALSE(may_begin(grammar, R"({,)"));
  EXPECT_FALSE(may_begin(grammar, R"({"c":3,"a")"));
}

TEST(Schema, AdditionalPropertiesHaveOtherNames) {
  const auto grammar = compiled(schema(R"({"type":"object","properties":{"ab":{"type":"null"}},
      "additionalProperties":{"type":"integer"}})"));

  EXPECT_TRUE(fits(grammar, R"({"ab":null,"a":1,"abc":2,"":3,"é":4})"));
  EXPECT_TRUE(fits(grammar, R"({"x":1})"));
  EXPECT_FALSE(may_begin(grammar, R"({"ab":1)"));
  EXPECT_FALSE(may_begin(grammar, R"({"x":1,"ab")"));
  EXPECT_FALSE(may_begin(grammar, R"({"\u0061b")"));
  EXPECT_FALSE(may_begin(grammar, R"({"x":true)"));
}

TEST(Schema, RequiredNamesWithoutASchemaTakeAnyValue) {
  const auto grammar = compiled(schema(R"({"type":"object","required":["x"]})"));

  EXPECT_TRUE(fits(grammar, R"({"x":[1,"a"],"y":2})"));
  EXPECT_FALSE(may_begin(grammar, "{}"));
}

TEST(Schema, ArraysHaveBoundsAndPrefixes) {
  const auto bounded =
      compiled(schema(R"({"items":{"type":"integer"},"minItems":2,"maxItems":3})"));
  EXPECT_TRUE(fits(bounded, "[1,2]"));
  EXPECT_TRUE(fits(bounded, "[1, 2, 3]"));
  EXPECT_FALSE(may_begin(bounded, "[1]"));
  EXPECT_FALSE(may_begin(bounded, "[]"));
  EXPECT_FALSE(may_begin(bounded, "[1,2,3,"));

  const auto tuple = compiled(schema(R"({"type":"array","prefixItems":[{"type":"string"},
      {"type":"boolean"}],"items":{"type":"null"},"minItems":1})"));
  EXPECT_TRUE(fits(tuple, R"(["a"])"));
  EXPECT_TRUE(fits(tuple, R"(["a",true,null,null])"));
  EXPECT_FALSE(may_begin(tuple, "[true"));
  EXPECT_FALSE(may_begin(tuple, R"(["a",null)"));

  const auto closed =
      compiled(schema(R"({"prefixItems":[{"const":1},{"const":2}],"items":false})"));
  EXPECT_TRUE(fits(closed, "[]"));
  EXPECT_TRUE(fits(closed, "[1,2]"));
  EXPECT_FALSE(may_begin(closed, "[1,2,"));

  const auto empty = compiled(schema(R"({"type":"array","maxItems":0})"));
  EXPECT_TRUE(fits(empty, "[ ]"));
  EXPECT_FALSE(may_begin(empty, "[1"));
}

TEST(Schema, StringsHaveLengthsInCharacters) {
  const auto grammar = compiled(schema(R"({"type":"string","minLength":2,"maxLength":3})"));

  EXPECT_TRUE(fits(grammar, "\"é\\n\""));
  EXPECT_TRUE(fits(grammar, "\"\U0001F600ab\""));
  EXPECT_FALSE(may_begin(grammar, "\"a\""));
  EXPECT_FALSE(may_begin(grammar, "\"abcd"));
}

TEST(Schema, PatternsAreFoundAnywhereUnlessAnchored) {
  const auto anchored = compiled(schema(R"({"pattern":"^[A-Z]{2}-\\d+$","type":"string"})"));
  EXPECT_TRUE(fits(anchored, "\"AB-123\""));
  EXPECT_FALSE(may_begin(anchored, "\"ABC"));
  EXPECT_FALSE(may_begin(anchored, "\"AB-\""));

  const auto loose = compiled(schema(R"({"pattern":"b+|^x$","type":"string"})"));
  EXPECT_TRUE(fits(loose, "\"aabcc\""));
  EXPECT_TRUE(fits(loose, "\"x\""));
  EXPECT_FALSE(may_begin(loose, "\"xx\""));

  const auto quoted = compiled(schema(R"({"pattern":"^[\"\\\\\\n\\x01]+$","type":"string"})"));
  EXPECT_TRUE(fits(quoted, R"("\"\\\n\u0001")"));

  const auto counted = compiled(schema(R"({"pattern":"^a*b*$","minLength":2,"maxLength":4})"));
  EXPECT_TRUE(fits(counted, "\"ab\""));
  EXPECT_TRUE(fits(counted, "\"aaab\""));
  EXPECT_FALSE(may_begin(counted, "\"a\""));
  EXPECT_FALSE(may_begin(counted, "\"aaaab"));
}

TEST(Schema, FormatsAreKept) {
  const auto of = [](const std::string& format) {
    return compiled(schema(R"({"type":"string","format":")" + format + "\"}"));
  };
  const auto all_fit = [&](const std::string& format, const std::vector<std::string>& texts) {
    const auto grammar = of(format);
    for (const std::string& text : texts)
      EXPECT_TRUE(fits(grammar, '"' + text + '"')) << format << ' ' << text;
  };
  const auto none_fits = [&](const std::string& format, const std::vector<std::string>& texts) {
    const auto grammar = of(format);
    for (const std::string& text : texts)
      EXPECT_FALSE(fits(grammar, '"' + text + '"')) << format << ' ' << text;
  };
  all_fit("date", {"2024-01-31", "2024-02-28", "1999-11-30"});
  none_fits("date", {"2024-02-30", "2024-13-01", "2024-04-31", "24-01-01", "2024-00-10"});
  all_fit("time", {"23:59:59Z", "00:00:00.5+02:00"});
  none_fits("time", {"24:00:00Z", "12:60:00Z", "12:00:00"});
  all_fit("date-time", {"2024-05-06T07:08:09Z"});
  none_fits("date-time", {"2024-05-06 07:08:09Z"});
  all_fit("uuid", {"123e4567-e89b-12d3-a456-426614174000"});
  none_fits("uuid", {"123e4567e89b12d3a456426614174000"});
  all_fit("ipv4", {"0.0.0.0", "255.249.100.9"});
  none_fits("ipv4", {"256.0.0.1", "01.2.3.4", "1.2.3"});
  all_fit("ipv6", {"::", "::1", "1:2:3:4:5:6:7:8", "fe80::1", "1:2:3:4:5:6::8"});
  none_fits("ipv6", {"1::2::3", "1:2:3", ":1", "12345::"});
  all_fit("email", {"a.b+c@example.org"});
  none_fits("email", {"a@b@c.de", "@x.yz", "a..b@x.yz", "a@x"});
  all_fit("hostname", {"a", "www.example-1.com"});
  none_fits("hostname", {"-a", "a-", "a..b"});
  all_fit("duration", {"P1W", "P1Y2M3D", "PT1H", "P1DT2M3S"});
  none_fits("duration", {"P", "PT", "1D", "P1DT"});
  all_fit("uri", {"https://example.org/a?b=c#d", "ftp://x:21"});
  none_fits("uri", {"//x", "http:/x", "https://x/ y"});
}

TEST(Schema, NumbersStayInTheirRanges) {
  const auto range = compiled(schema(R"({"type":"integer","minimum":-12,"maximum":105})"));
  for (int value = -130; value <= 1060; ++value) {
    EXPECT_EQ(fits(range, std::to_string(value)), value >= -12 && value <= 105) << value;
  }
  EXPECT_FALSE(may_begin(range, "-0"));
  EXPECT_FALSE(may_begin(range, "01"));

  const auto above = compiled(schema(R"({"type":"integer","exclusiveMinimum":7})"));
  for (int value = -20; value <= 1000; ++value)
    EXPECT_EQ(fits(above, std::to_string(value)), value > 7) << value;

  const auto real =
      compiled(schema(R"({"type":"number","minimum":-1.5,"exclusiveMaximum":2.25})"));
  for (const char* text :
       {"-1.5", "-1.50", "-1.499", "0", "0.1", "2", "2.2", "2.249", "1.99999"})
    EXPECT_TRUE(fits(real, text)) << text;
  for (const char* text : {"-1.51", "-1.5001", "-2", "2.25", "2.250", "2.3", "3", "10", "-0"})
    EXPECT_FALSE(fits(real, text)) << text;

  const auto even =
      compiled(schema(R"({"type":"integer","multipleOf":6,"minimum":1,"maximum":700})"));
  for (int value = -10; value <= 800; ++value)
    EXPECT_EQ(fits(even, std::to_string(value)), value >= 1 && value <= 700 && value % 6 == 0);

  const auto cents = compiled(schema(R"({"type":"number","multipleOf":0.25,"minimum":0})"));
  EXPECT_TRUE(fits(cents, "1.25") && fits(cents, "3") && fits(cents, "0.5"));
  EXPECT_FALSE(fits(cents, "1.3") || fits(cents, "1.255"));
}

TEST(Schema, FixedValuesAreWrittenOut) {
  const auto grammar = compiled(schema(R"({"enum":["a\"b",1.5,null,{"x":[true,""]},"é"]})"));

  EXPECT_TRUE(fits(grammar, R"("a\"b")"));
  EXPECT_TRUE(fits(grammar, "1.5"));
  EXPECT_TRUE(fits(grammar, "null"));
  EXPECT_TRUE(fits(grammar, R"({"x":[true,""]})"));
  EXPECT_TRUE(fits(grammar, "\"é\""));
  EXPECT_FALSE(may_begin(grammar, "2"));

  const auto texts = compiled(schema(R"({"type":"string","enum":["a",1]})"));
  EXPECT_TRUE(fits(texts, "\"a\""));
  EXPECT_FALSE(may_begin(texts, "1"));
}

TEST(Schema, TypesMayBeListsAndNullable) {
  const auto list = compiled(schema(R"({"type":["integer","null","string"],"maxLength":1})"));
  EXPECT_TRUE(fits(list, "12") && fits(list, "null") && fits(list, "\"a\""));
  EXPECT_FALSE(may_begin(list, "\"ab") || may_begin(list, "t"));

  const auto nullable = compiled(schema(R"({"type":"boolean","nullable":true})"));
  EXPECT_TRUE(fits(nullable, "null") && fits(nullable, "true"));
}

TEST(Schema, BranchesAreJoinedWithWhatStandsBeside) {
  const auto any = compiled(schema(R"({"type":"object","properties":{"k":{"type":"integer"}},
      "required":["k"],"anyOf":[{"properties":{"a":{"const":1}},"required":["a"]},
                                {"properties":{"b":{"const":2}},"required":["b"]}]})"));
  EXPECT_TRUE(fits(any, R"({"a":1,"k":5})"));
  EXPECT_TRUE(fits(any, R"({"b":2,"k":5})"));
  EXPECT_FALSE(fits(any, R"({"k":5})"));

  const auto all = compiled(schema(R"({"allOf":[{"type":"integer","minimum":3},
      {"maximum":9,"minimum":1},{"type":["number","string"]}]})"));
  EXPECT_TRUE(fits(all, "3") && fits(all, "9"));
  EXPECT_FALSE(fits(all, "2") || fits(all, "10") || fits(all, "3.5"));

  const auto one = compiled(schema(R"({"oneOf":[
      {"type":"object","properties":{"t":{"const":"x"},"v":{"type":"integer"}},"required":["t","v"]},
      {"type":"object","properties":{"t":{"const":"y"}},"required":["t"]},{"type":"null"}]})"));
  EXPECT_TRUE(fits(one, R"({"t":"x","v":1})") && fits(one, R"({"t":"y"})") &&
              fits(one, "null"));
  EXPECT_FALSE(may_begin(one, R"({"t":"y","v")"));
}

TEST(Schema, ReferencesMayRecur) {
  const auto tree = compiled(schema(R"({"$ref":"#/$defs/node","$defs":{"node":{
      "type":"object","properties":{"v":{"type":"integer"},
      "kids":{"type":"array","items":{"$ref":"#/$defs/node"}}},"required":["v","kids"]}}})"));
  EXPECT_TRUE(
      fits(tree, R"({"v":1,"kids":[{"v":2,"kids":[]},{"v":3,"kids":[{"v":4,"kids":[]}]}]})"));
  EXPECT_FALSE(may_begin(tree, R"({"v":1,"kids":[1)"));

  const auto self =
      compiled(schema(R"({"properties":{"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},
      "required":["next"]})"));
  EXPECT_TRUE(fits(self, R"({"next":{"next":{"next":null}}})"));

  const auto escaped =
      compiled(schema(R"({"$ref":"#/$defs/a~1b","$defs":{"a/b":{"const":7}}})"));
  EXPECT_TRUE(fits(escaped, "7"));
}

TEST(Schema, OpenSchemasAdmitAnyValue) {
  for (const char* text : {"true", "{}", R"({"description":"anything"})"}) {
    const auto grammar = compiled(schema(text));
    EXPECT_TRUE(fits(grammar, R"([1,{"a":null}])")) << text;
    EXPECT_TRUE(fits(grammar, "\"x\"")) << text;
  }
}

}  // namespace
}  // namespace suan::engine
