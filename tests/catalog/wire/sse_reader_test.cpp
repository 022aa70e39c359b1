#include <gtest/gtest.h>

#include "catalog/wire/http_client.h"

namespace suan {
namespace {

std::vector<std::string> read_in_pieces(std::string_view text, size_t size) {
  SseReader reader;
  std::vector<std::string> seen;
  while (!text.empty()) {
    const auto fed = reader.feed(text.substr(0, size),
                                 [&](std::string_view data) { seen.emplace_back(data); });
    EXPECT_TRUE(fed);
    text.remove_prefix(std::min(size, text.size()));
  }
  return seen;
}

TEST(SseReader, GivesTheSameEventsHoweverTheBytesAreSplit) {
  const std::string text =
      ": hello\n\ndata: {\"a\":1}\n\nevent: error\r\ndata:two\r\n\r\ndata: x\ndata: y\n\n"
      "data: [DONE]\n\ndata: never ended";
  const std::vector<std::string> expected{"{\"a\":1}", "two", "x\ny", "[DONE]"};

  for (size_t size = 1; size <= text.size(); ++size) {
    EXPECT_EQ(read_in_pieces(text, size), expected) << size;
  }
}

TEST(SseReader, TellsAnEventOfEmptyDataFromNone) {
  EXPECT_EQ(read_in_pieces("data:\n\nid: 7\n\n\n", 100), std::vector<std::string>{""});
}

TEST(SseReader, RefusesAnEventAboveOneMebibyte) {
  SseReader reader;
  const std::string part(1U << 19U, 'x');
  const auto ignore = [](std::string_view) {};

  ASSERT_TRUE(reader.feed("data: ", ignore));
  ASSERT_TRUE(reader.feed(part, ignore));
  const auto fed = reader.feed(part, ignore);

  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, ErrorCode::TooLarge);
}

}  // namespace
}  // namespace suan
