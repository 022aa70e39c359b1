#include "catalog/types/json_part.h"

#include <vector>

#include <gtest/gtest.h>

#include "catalog/types/json.h"

namespace suan {
namespace {

std::string part(std::string_view text, const std::vector<std::string_view>& path) {
  EXPECT_TRUE(parse_json(text)) << text;
  return json_part(text, path, 1000).value();
}

TEST(JsonPart, KeepsTheOrderOfKeys) {
  EXPECT_EQ(part(R"({"a":1, "tools" : [ {"z":1,"b":[true,null,-2,1.50e3,"x\n\"" ],"a":{}}, [] ],
                     "c":2})",
                 {"tools"}),
            R"([{"z":1,"b":[true,null,-2,1.50e3,"x\n\""],"a":{}},[]])");
}

TEST(JsonPart, FollowsAPathOfKeys) {
  const char* text =
      R"({"x":{"schema":{"a":0}},"f":{"type":"t","j":{"name":"n","schema":{"b":1,"a":2}},
          "schema":{"c":3}}})";
  EXPECT_EQ(part(text, {"f", "j", "schema"}), R"({"b":1,"a":2})");
  EXPECT_EQ(part(text, {"f", "schema"}), R"({"c":3})");
  EXPECT_EQ(part(text, {"schema"}), "");
  EXPECT_EQ(part(text, {"f", "type"}), "") << "only objects and arrays";
  EXPECT_EQ(part(R"([{"f":{}}])", {"f"}), "") << "arrays are no way";
}

TEST(JsonPart, ALongPartIsRefused) {
  const std::string text = R"({"tools":[")" + std::string(2000, 'x') + R"("]})";
  const std::vector<std::string_view> path = {"tools"};
  const auto refused = json_part(text, path, 1000);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().param, "tools");
}

}  // namespace
}  // namespace suan
