#include "catalog/types/json.h"

#include <gtest/gtest.h>

#include "catalog/types/json_fields.h"

namespace suan {
namespace {

void expect_refused(const std::string& text, const std::string& hint) {
  const auto json = parse_json(text);
  ASSERT_FALSE(json) << text.substr(0, 80);
  EXPECT_EQ(json.error().code, ErrorCode::BadRequest);
  EXPECT_NE(json.error().message.find(hint), std::string::npos) << json.error().message;
}

std::string nested(size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(Json, ReadsWhatIsFine) {
  const auto json = parse_json(R"({"a":[1,-2,3.5,"é",null,true],"b":{}})");

  ASSERT_TRUE(json) << json.error();
  EXPECT_EQ((*json)["a"][2], 3.5);
}

TEST(Json, J1_RefusesDepthOneHundredThousand) {
  expect_refused(nested(100'000), "deep");
  expect_refused(std::string(100'000, '['), "deep");
  std::string objects;
  for (int i = 0; i < 100'000; ++i)
    objects += "{\"a\":";
  expect_refused(objects, "deep");
}

TEST(Json, J1_DepthSixtyFourIsTheMost) {
  EXPECT_TRUE(parse_json(nested(64)));
  EXPECT_FALSE(parse_json(nested(65)));
}

TEST(Json, J1_RefusesTooManyKeysAndValues) {
  std::string keys = "{";
  for (int i = 0; i <= 10'000; ++i)
    keys += "\"" + std::to_string(i) + "\":0,";
  keys.back() = '}';
  std::string values = "[";
  for (int i = 0; i <= 200'000; ++i)
    values += "0,";
  values.back() = ']';

  expect_refused(keys, "keys");
  expect_refused(values, "values");
}

TEST(Json, J1_RefusesAKeyThatStandsTwice) {
  expect_refused(R"({"a":1,"b":{"a":2},"a":3})", "twice");
  expect_refused(R"({"a":1,"\u0061":2})", "twice");
  EXPECT_TRUE(parse_json(R"({"a":1,"b":{"a":2}})"));
}

TEST(Json, J1_RefusesLongNumbersNanAndInfinity) {
  expect_refused("1." + std::string(100, '1'), "characters");
  expect_refused(std::string(100, '1'), "characters");
  for (const char* text : {"NaN", "[Infinity]", "-Infinity", "1e999", "01", "+1", ".5", "1."}) {
    EXPECT_FALSE(parse_json(text)) << text;
  }
}

TEST(Json, J1_RefusesBadUtf8AndLoneSurrogates) {
  for (const char* text : {"\"\xFF\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\\ud800\"",
                           "{\"\xFF\":1}", "\"\xE2\x82\""}) {
    EXPECT_FALSE(parse_json(text)) << text;
  }
}

TEST(Json, RefusesEveryCutOfAText) {
  const std::string text = R"({"a":[1,{"b":"c"}],"d":true})";

  for (size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(parse_json(text.substr(0, size)));
  EXPECT_FALSE(parse_json(text + "x"));
}

TEST(Json, NamesTheByteAndInFilesTheLine) {
  expect_refused("[1,]", "at byte 4");

  const auto file =
      parse_json("{ // a comment\n  \"a\": 1,\n  \"b\": oops\n}", {.allow_comments = true});
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find("line 3"), std::string::npos) << file.error().message;
}

TEST(Json, TakesCommentsOnlyWhereAllowed) {
  const std::string text = "[1, /* two */ 3] // end";

  EXPECT_FALSE(parse_json(text));
  EXPECT_TRUE(parse_json(text, {.allow_comments = true}));
}

TEST(Json, DumpNeverThrows) {
  EXPECT_EQ(dump_json(Json("a\xFFz")), "\"a\xEF\xBF\xBDz\"");
}

TEST(JsonFields, KeepsTheFirstComplaintAndNamesItsField) {
  const Json object = parse_json(R"({"n":-1,"name":7,"rate":0.5,"gone":null})").value();
  JsonFields fields(object);
  double rate = 0;
  uint32_t n = 0;
  std::string name;
  uint32_t gone = 9;

  fields.read("rate", rate);
  fields.read("gone", gone);
  fields.read("n", n);
  fields.read("name", name);

  EXPECT_EQ(rate, 0.5);
  EXPECT_EQ(gone, 9U);
  ASSERT_TRUE(fields.error().has_value());
  EXPECT_EQ(fields.error()->param, "n");
}

TEST(JsonFields, WholeNumbersMustFit) {
  const Json object =
      parse_json(R"({"a":4294967296,"b":-9223372036854775808,"c":1.0})").value();

  uint32_t small = 0;
  JsonFields first(object);
  first.read("a", small);
  EXPECT_TRUE(first.error().has_value());

  int64_t large = 0;
  JsonFields second(object);
  second.read("b", large);
  EXPECT_FALSE(second.error().has_value());
  EXPECT_EQ(large, INT64_MIN);

  JsonFields third(object);
  third.read("c", large);
  EXPECT_TRUE(third.error().has_value());
}

TEST(JsonFields, NothingButAnObjectHasFields) {
  const Json array = Json::array();

  EXPECT_TRUE(JsonFields(array).error().has_value());
}

}  // namespace
}  // namespace suan
