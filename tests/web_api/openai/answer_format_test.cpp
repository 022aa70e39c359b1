#include "web_api/openai/answer_format.h"

#include <gtest/gtest.h>

#include "catalog/types/json.h"

namespace suan::web_api {
namespace {

const AnswerHead kHead{.kind = RequestKind::Chat,
                       .request = RequestId(Uuid{1, 2}),
                       .model = ModelId("m"),
                       .created_s = 5,
                       .includes_usage = false};

Json delta_of(const TokenEvent& event) {
  return parse_json(piece_chunk(kHead, event)).value()["choices"][0]["delta"];
}

TEST(AnswerFormat, ThoughtsAndAnswerHaveFieldsOfTheirOwn) {
  TokenEvent event{0, 1, "Yes."};
  EXPECT_EQ(delta_of(event), Json({{"content", "Yes."}}));

  event.reasoning = "Hm.";
  EXPECT_EQ(delta_of(event), Json({{"reasoning_content", "Hm."}, {"content", "Yes."}}));

  event.text.clear();
  EXPECT_EQ(delta_of(event), Json({{"reasoning_content", "Hm."}}));
}

TEST(AnswerFormat, ACallsFirstPartSaysWhatIsCalled) {
  TokenEvent event{1, 1, ""};
  event.calls = {{0, "now", "{\"zone\":"}};
  const Json first = delta_of(event);
  event.calls = {{0, "", "\"utc\"}"}};
  const Json second = delta_of(event);

  ASSERT_EQ(first["tool_calls"].size(), 1U);
  EXPECT_EQ(first["tool_calls"][0]["index"], 0);
  EXPECT_EQ(first["tool_calls"][0]["type"], "function");
  EXPECT_EQ(first["tool_calls"][0]["function"],
            Json({{"name", "now"}, {"arguments", "{\"zone\":"}}));
  EXPECT_TRUE(first["tool_calls"][0]["id"].get<std::string>().ends_with("_1_0"));
  EXPECT_FALSE(first.contains("content"));
  EXPECT_EQ(second["tool_calls"][0],
            Json({{"index", 0}, {"function", {{"arguments", "\"utc\"}"}}}}));
}

TEST(AnswerFormat, AMessageOfCallsAloneHasNoContent) {
  AnswerChoice choice;
  choice.reasoning = "Hm.";
  choice.calls = {{0, "now", "{}"}};
  choice.finish_reason = "tool_calls";

  const Json whole = parse_json(whole_answer(kHead, {choice}, {3, 4, 2}, {})).value();

  const Json& message = whole["choices"][0]["message"];
  EXPECT_TRUE(message["content"].is_null());
  EXPECT_EQ(message["reasoning_content"], "Hm.");
  EXPECT_EQ(message["tool_calls"][0]["function"]["name"], "now");
  EXPECT_FALSE(message["tool_calls"][0].contains("index"));
  EXPECT_EQ(whole["choices"][0]["finish_reason"], "tool_calls");
  EXPECT_EQ(whole["usage"]["prompt_tokens_details"]["cached_tokens"], 2);
}

}  // namespace
}  // namespace suan::web_api
