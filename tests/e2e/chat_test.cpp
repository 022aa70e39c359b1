// Chats through a model's own template, as a stranger's client has them.
#include <gtest/gtest.h>

#include "catalog/types/json.h"
#include "engine/weights/tiny_model.h"
#include "tests/e2e/live_network.h"

namespace suan::testing {
namespace {

constexpr const char* kTools =
    R"("tools":[{"type":"function","function":{"name":"set_unit","parameters":{"type":"object",
       "properties":{"unit":{"enum":["c","f"]}},"required":["unit"],
       "additionalProperties":false}}}])";

/// A server, and one agent with a small random model that has a chat template.
class Chat : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto file = engine::write_tiny_gguf({.architecture = "qwen2", .layers = 1},
                                              network_.folder() / "tiny.gguf");
    network_.start_agent("north", {"--model", file, "--backend", "cpu"});
    network_.deploy(1, "tiny");
  }

  Json ask(const std::string& more) {
    const std::string body =
        R"({"model":"tiny","messages":[{"role":"user","content":"Warm?"}],"temperature":0,)"
        R"("max_tokens":200,)" +
        more + "}";
    const HttpAnswer answer = network_.call("POST", "/v1/chat/completions", body);
    const auto json = parse_json(answer.body);
    EXPECT_TRUE(json) << answer.status << " " << answer.body;
    return json ? *json : Json::object();
  }

  LiveNetwork network_;
};

TEST_F(Chat, CallsFormsAndRefusals) {
  const Json called = ask(std::string(kTools) + R"(,"tool_choice":"required",)"
                                                R"("parallel_tool_calls":false)");
  ASSERT_TRUE(called.contains("choices")) << called;
  EXPECT_EQ(called["choices"][0]["finish_reason"], "tool_calls");
  const Json& call = called["choices"][0]["message"]["tool_calls"][0];
  EXPECT_EQ(call["function"]["name"], "set_unit");
  EXPECT_TRUE(parse_json(call["function"]["arguments"].get<std::string>())) << call;

  const Json held = ask(R"("grammar":"root ::= \"yes\" | \"no\"")");
  ASSERT_TRUE(held.contains("choices")) << held;
  const std::string word = held["choices"][0]["message"]["content"];
  EXPECT_TRUE(word == "yes" || word == "no") << word;

  const Json refused = ask(R"("grammar":"root ::= nothing")");
  ASSERT_TRUE(refused.contains("error")) << refused;
  EXPECT_EQ(refused["error"]["param"], "grammar");

  const HttpAnswer model = network_.call("GET", "/v1/models/tiny");
  EXPECT_EQ(parse_json(model.body)->at("chat_template"), "built-in");
}

}  // namespace
}  // namespace suan::testing
