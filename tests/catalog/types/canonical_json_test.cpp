#include "catalog/types/canonical_json.h"

#include <bit>
#include <limits>

#include <gtest/gtest.h>

namespace suan {
namespace {

std::string canonical(std::string_view text) {
  return canonical_json(parse_json(text).value());
}

TEST(CanonicalJson, MatchesTheExampleOfRfc8785) {
  const std::string text =
      R"({"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],)"
      R"("string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]})";

  EXPECT_EQ(canonical(text), R"({"literals":[null,true,false],)"
                             R"("numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],)"
                             "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

TEST(CanonicalJson, SortsKeysByUtf16Units) {
  // Section 3.2.3: the emoji's surrogates come before U+FB33, though not in UTF-8.
  const std::string text =
      "{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,"
      "\"\\u00f6\":7}";

  EXPECT_EQ(canonical(text),
            "{\"\\r\":2,\"1\":4,\"\xC2\x80\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\xEF\xAC\xB3\":3}");
}

TEST(CanonicalJson, WritesNumbersAsEcmascriptDoes) {
  // RFC 8785, appendix B.
  const std::vector<std::pair<uint64_t, std::string>> vectors{
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const auto& [bits, text] : vectors) {
    EXPECT_EQ(canonical_json(Json(std::bit_cast<double>(bits))), text);
  }
}

TEST(CanonicalJson, RefusesWhatHasNoExactForm) {
  EXPECT_THROW((void)canonical_json(Json(std::numeric_limits<double>::infinity())),
               std::invalid_argument);
  EXPECT_THROW((void)canonical_json(Json((int64_t{1} << 53) + 1)), std::invalid_argument);
  EXPECT_THROW((void)canonical_json(Json(-(int64_t{1} << 53) - 1)), std::invalid_argument);
  EXPECT_THROW((void)canonical_json(Json("\xFF")), std::invalid_argument);
  EXPECT_EQ(canonical_json(Json(int64_t{1} << 53)), "9007199254740992");
}

TEST(CanonicalJson, IsAFixedPoint) {
  const std::string once = canonical(R"({"b":[{},[],{"z":[1,2.5]}],"a":""})");

  EXPECT_EQ(once, R"({"a":"","b":[{},[],{"z":[1,2.5]}]})");
  EXPECT_EQ(canonical(once), once);
}

}  // namespace
}  // namespace suan
