#include "engine/tokenizer/unicode.h"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <utf8proc.h>

#include <gtest/gtest.h>

#include "engine/tokenizer/utf8.h"
#include "tests/engine/tokenizer/small_vocabularies.h"

namespace suan::engine {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

/// utf8proc's own way, which is right but slow for many marks.
std::string in_form_c_by_utf8proc(const std::string& text) {
  const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> normal(
      utf8proc_NFC(reinterpret_cast<const utf8proc_uint8_t*>(text.c_str())), std::free);
  return reinterpret_cast<const char*>(normal.get());
}

TEST(FormC, ComposesAndOrdersMarks) {
  EXPECT_EQ(in_form_c("plain"), "plain");
  EXPECT_EQ(in_form_c("e\u0301"), "\u00E9");
  EXPECT_EQ(in_form_c("q\u0307\u0323"), "q\u0323\u0307");
  EXPECT_EQ(in_form_c("\u212B"), "\u00C5");              // Angstrom
  EXPECT_EQ(in_form_c("\u1112\u1161\u11AB"), "\uD55C");  // Hangul
  EXPECT_EQ(in_form_c("\uFB01"), "\uFB01");              // a ligature stays
  EXPECT_EQ(in_form_c("算网か\u3099"), "算网が");
}

TEST(FormC, LeavesBytesThatAreNoUtf8) {
  EXPECT_EQ(in_form_c("e\u0301\xFF\xE7"), "\u00E9\xFF\xE7");
  EXPECT_EQ(in_form_c("e\xFF\u0301"), "e\xFF\u0301");
}

TEST(FormC, AgreesWithUtf8proc) {
  const std::vector<std::string> parts = {
      "a",      "e",      "\u0301", "\u0323", "\u0307", "\u0345", "\u1112",    "\u1161",
      "\u11AB", "\uD55C", "\uAC00", "\u212B", "\u00C5", "\u0958", "\u093C",    "\u3099",
      "か",     "算",     "\u0F73", "\u2126", "\u1E9B", "🦙",   "\U0001D15E"};
  std::mt19937 random(5);

  for (size_t round = 0; round < 2'000; ++round) {
    const std::string text = random_text(random, parts, 1 + round % 12);
    ASSERT_EQ(in_form_c(text), in_form_c_by_utf8proc(text)) << text;
  }
}

TEST(FormC, ManyMarksTakeTimeInProportion) {
  std::string marks = "a";
  for (size_t i = 0; i < 250'000; ++i)
    marks += i % 2 == 0 ? "\u0301" : "\u0323";
  const auto start = std::chrono::steady_clock::now();

  EXPECT_TRUE(is_utf8(in_form_c(marks)));

  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST(WhiteSpace, IsTakenFromEitherEnd) {
  EXPECT_EQ(without_space_before(" \t\u3000\u00A0a "), "a ");
  EXPECT_EQ(without_space_after(" a\u2029 \n"), " a");
  EXPECT_EQ(without_space_after("\u3000"), "");
  EXPECT_EQ(without_space_after("\x80\x80"), "\x80\x80");
  EXPECT_EQ(without_space_before("\xE3\x80"), "\xE3\x80");
}

}  // namespace
}  // namespace suan::engine
