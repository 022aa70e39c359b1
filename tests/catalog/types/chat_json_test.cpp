#include "catalog/types/chat_json.h"

#include <gtest/gtest.h>

namespace suan {
namespace {

const ModelLimits kModel{512, 1000};

void expect_refused(RequestKind kind, std::string_view body, const std::string& param) {
  const auto parsed = parse_body(kind, body, kModel);
  ASSERT_FALSE(parsed) << body;
  EXPECT_EQ(parsed.error().code, ErrorCode::BadRequest);
  EXPECT_EQ(parsed.error().param, param) << parsed.error();
}

TEST(ChatJson, ReadsMessagesAndSampling) {
  const auto body = parse_body(RequestKind::Chat,
                               R"({"model":"m","messages":[{"role":"system","content":"a"},
        {"role":"user","content":[{"type":"text","text":"b"},{"type":"text","text":"c"}]},
        {"role":"assistant","content":null}],
        "max_tokens":5,"max_completion_tokens":7,"temperature":0,"seed":-1,"stop":"END",
        "logit_bias":{"17":-100},"logprobs":true,"top_logprobs":3,"unknown":{"x":1},"n":null})",
                               kModel);

  ASSERT_TRUE(body) << body.error();
  ASSERT_EQ(body->messages.size(), 3U);
  EXPECT_EQ(body->messages[1].content, "bc");
  EXPECT_EQ(body->messages[2].content, "");
  EXPECT_EQ(body->sampling.tokens_max, 7U);
  EXPECT_EQ(body->sampling.temperature, 0);
  EXPECT_EQ(body->sampling.seed, UINT64_MAX);
  EXPECT_EQ(body->sampling.stop, std::vector<std::string>{"END"});
  EXPECT_EQ(body->sampling.logit_bias[0].first, 17U);
  EXPECT_TRUE(body->sampling.logprobs);
  EXPECT_EQ(body->sampling.top_logprobs, 3U);
  EXPECT_EQ(body->sampling.choices, 1U);
}

TEST(ChatJson, ReadsACompletionOfTextOrTokens) {
  const auto text = parse_body(RequestKind::Completion,
                               R"({"prompt":"Once","echo":true,"logprobs":2})", kModel);
  const auto tokens = parse_body(RequestKind::Completion, R"({"prompt":[1,2,999]})", kModel);
  const auto array = parse_body(RequestKind::Completion, R"({"prompt":["Once"]})", kModel);

  ASSERT_TRUE(text) << text.error();
  EXPECT_TRUE(text->echo);
  EXPECT_TRUE(text->sampling.logprobs);
  EXPECT_EQ(text->sampling.top_logprobs, 2U);
  ASSERT_TRUE(tokens) << tokens.error();
  EXPECT_EQ(tokens->token_ids, (std::vector<uint32_t>{1, 2, 999}));
  ASSERT_TRUE(array);
  EXPECT_EQ(array->prompt, "Once");
}

TEST(ChatJson, ReadsWhatToTokenizeAndBack) {
  const auto text = parse_body(RequestKind::Tokenize,
                               R"({"prompt":"hi","add_special_tokens":false})", kModel);
  const auto ids = parse_body(RequestKind::Detokenize, R"({"tokens":[5,6]})", kModel);

  ASSERT_TRUE(text);
  EXPECT_FALSE(text->add_special_tokens);
  ASSERT_TRUE(ids);
  EXPECT_EQ(ids->token_ids.size(), 2U);
}

TEST(ChatJson, NamesTheFieldThatIsToBlame) {
  const std::string chat = R"("messages":[{"role":"user","content":"a"}])";

  expect_refused(RequestKind::Chat, "{}", "messages");
  expect_refused(RequestKind::Chat, R"({"messages":[]})", "messages");
  expect_refused(RequestKind::Chat, R"({"messages":[{"content":"a"}]})", "messages");
  expect_refused(RequestKind::Chat, R"({"messages":[{"role":"user","content":7}]})",
                 "messages");
  expect_refused(RequestKind::Chat, "{" + chat + R"(,"temperature":"hot"})", "temperature");
  expect_refused(RequestKind::Chat, "{" + chat + R"(,"temperature":3})", "temperature");
  expect_refused(RequestKind::Chat, "{" + chat + R"(,"n":-1})", "n");
  expect_refused(RequestKind::Chat, "{" + chat + R"(,"logit_bias":{"x":1}})", "logit_bias");
  expect_refused(RequestKind::Chat, "{" + chat + R"(,"logit_bias":{"1 ":1}})", "logit_bias");
  expect_refused(RequestKind::Chat, "{" + chat + R"(,"stop":[1]})", "stop");
  expect_refused(RequestKind::Completion, "{}", "prompt");
  expect_refused(RequestKind::Completion, R"({"prompt":["a","b"]})", "prompt");
  expect_refused(RequestKind::Completion, R"({"prompt":[1000]})", "prompt");
  expect_refused(RequestKind::Tokenize, R"({"prompt":null})", "prompt");
  expect_refused(RequestKind::Detokenize, R"({"tokens":"a"})", "tokens");
  expect_refused(RequestKind::Chat, "[1]", "");
}

TEST(ChatJson, J4_RefusesMoreThan4096Messages) {
  std::string body = R"({"messages":[)";
  for (int i = 0; i <= 4096; ++i)
    body += R"({"role":"u","content":""},)";
  body.back() = ']';

  expect_refused(RequestKind::Chat, body + "}", "messages");
}

}  // namespace
}  // namespace suan
