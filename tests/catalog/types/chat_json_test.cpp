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
  EXPECT_FALSE(body->messages[2].content);
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

TEST(ChatJson, ReadsToolsCallsAndChoices) {
  const auto body = parse_body(RequestKind::Chat,
                               R"({"messages":[{"role":"user","content":"?"},
        {"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[
          {"id":"c1","type":"function","function":{"name":"now","arguments":"{\"z\":1}"}}]},
        {"role":"tool","tool_call_id":"c1","name":"now","content":"12"}],
        "tools":[{"type":"function","function":{"name":"now","parameters":{"z":1,"a":2}}}],
        "tool_choice":{"type":"function","function":{"name":"now"}},
        "parallel_tool_calls":false,"chat_template_kwargs":{"z":1,"enable_thinking":false}})",
                               kModel);

  ASSERT_TRUE(body) << body.error();
  EXPECT_EQ(body->messages[1].reasoning_content, "hm");
  ASSERT_EQ(body->messages[1].tool_calls.size(), 1U);
  EXPECT_EQ(body->messages[1].tool_calls[0].arguments, R"({"z":1})");
  EXPECT_EQ(body->messages[2].tool_call_id, "c1");
  EXPECT_EQ(body->options.tools,
            R"([{"type":"function","function":{"name":"now","parameters":{"z":1,"a":2}}}])");
  EXPECT_EQ(body->options.functions, std::vector<std::string>{"now"});
  EXPECT_EQ(body->options.tool_choice, ToolChoice::Named);
  EXPECT_EQ(body->options.tool_name, "now");
  EXPECT_FALSE(body->options.has_parallel_calls);
  EXPECT_EQ(body->options.variables, R"({"z":1,"enable_thinking":false})");
}

TEST(ChatJson, ReadsFormsOfAnswers) {
  const auto form = [](const std::string& more) {
    return parse_body(RequestKind::Completion, R"({"prompt":"a",)" + more + "}", kModel)
        ->options;
  };
  const auto schema = form(
      R"("response_format":{"type":"json_schema","json_schema":{"schema":{"z":1,"a":2}}})");

  EXPECT_EQ(schema.form, AnswerForm::JsonSchema);
  EXPECT_EQ(schema.form_source, R"({"z":1,"a":2})");
  EXPECT_EQ(form(R"("response_format":{"type":"json_object"})").form, AnswerForm::JsonObject);
  EXPECT_EQ(form(R"("response_format":{"type":"text"})").form, AnswerForm::Free);
  EXPECT_EQ(form(R"("grammar":"root ::= [0-9]")").form_source, "root ::= [0-9]");
  EXPECT_EQ(form(R"("suan":{"grammar":"root ::= [0-9]"})").form, AnswerForm::Grammar);
}

TEST(ChatJson, RefusesToolsAndFormsOfAnotherKind) {
  const auto chat = [](const std::string& more) {
    return R"({"messages":[{"role":"user","content":"?"}],)" + more + "}";
  };
  const std::string tools = R"("tools":[{"type":"function","function":{"name":"f"}}],)";
  for (const char* bad : {R"("tools":{})", R"("tools":[1])", R"("tools":[{"function":{}}])",
                          R"("tools":[{"function":{"name":"a b"}}])"}) {
    expect_refused(RequestKind::Chat, chat(bad), "tools");
  }
  for (const char* bad : {"\"never\"", "5", "{}", R"({"function":{"name":"g"}})"}) {
    expect_refused(RequestKind::Chat, chat(tools + R"("tool_choice":)" + bad), "tool_choice");
  }
  expect_refused(RequestKind::Chat, chat(R"("tool_choice":"required")"), "tool_choice");
  for (const char* bad : {R"({"type":"xml"})", R"({"type":"json_schema"})", "[]",
                          R"({"type":"json_schema","json_schema":{"schema":true}})"}) {
    expect_refused(RequestKind::Chat, chat(R"("response_format":)" + std::string(bad)),
                   "response_format");
  }
  expect_refused(RequestKind::Chat,
                 chat(R"("grammar":"root ::= x","response_format":{"type":"json_object"})"),
                 "grammar");
  expect_refused(RequestKind::Chat, chat(R"("chat_template_kwargs":[])"),
                 "chat_template_kwargs");
}

}  // namespace
}  // namespace suan
