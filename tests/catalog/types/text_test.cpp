#include "catalog/types/text.h"

#include <gtest/gtest.h>

namespace suan {
namespace {

TEST(Text, NamesHaveOneForm) {
  for (const char* name : {"a", "7b", "stories-moe", "a.b_c-d", "0"}) {
    EXPECT_TRUE(is_valid_name(name)) << name;
  }
  for (const char* name : {"", ".a", "-a", "A", "a b", "a/b", "a\n", "é", "../x"}) {
    EXPECT_FALSE(is_valid_name(name)) << name;
  }
  EXPECT_TRUE(is_valid_name(std::string(64, 'a')));
  EXPECT_FALSE(is_valid_name(std::string(65, 'a')));
}

TEST(Text, TellsUtf8FromWhatOnlyLooksLikeIt) {
  for (const char* text : {"", "a", "é", "€", "😀", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_valid_utf8(text)) << text;
  }
  for (const char* text : {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80",
                           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "a\xFF"}) {
    EXPECT_FALSE(is_valid_utf8(text)) << text;
  }
}

TEST(Text, W3_PrintableTextMovesNoCursor) {
  EXPECT_EQ(printable("a\x1B[31mb"), "a\\x1b[31mb");
  EXPECT_EQ(printable("line\r\n"), "line\\x0d\\x0a");
  EXPECT_EQ(printable("\xC2\x9B"), "\\xc2\\x9b");  // CSI as one C1 character
  EXPECT_EQ(printable("é \xFF"), "é \\xff");
  EXPECT_EQ(printable("abcdef", 3), "abc...");
}

TEST(Text, ACutSequenceWaitsForItsRest) {
  const std::string text = "a€😀";

  EXPECT_EQ(complete_utf8_prefix(text), text.size());
  EXPECT_EQ(complete_utf8_prefix(text.substr(0, 7)), 4U);
  EXPECT_EQ(complete_utf8_prefix(text.substr(0, 3)), 1U);
  EXPECT_EQ(complete_utf8_prefix(""), 0U);
}

TEST(Text, FindsTheNameThatWasMeant) {
  EXPECT_EQ(nearest("temprature", {"temperature", "top_p"}), "temperature");
  EXPECT_EQ(nearest("xyz", {"temperature", "top_p"}), "");
}

}  // namespace
}  // namespace suan
