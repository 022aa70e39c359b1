#include "engine/chat/chat_template.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace suan::engine {
namespace {

using nlohmann::json;

const std::filesystem::path kData = std::filesystem::path(SUAN_SOURCE_DIR) / "tests/data/chat";

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

ChatTemplate template_of(const std::string& model) {
  return ChatTemplate::compile(read_text(kData / (model + ".chat_template.jinja")));
}

const char* bos_of(const std::string& model) {
  return model == "deepseek_v3" ? "<｜begin▁of▁sentence｜>" : "";
}

std::string prompt_of(const ChatTemplate& chat, const ChatRequest& request) {
  const auto rendered = chat.render(request);
  return rendered ? rendered->prompt.text : "refused: " + rendered.error();
}

/// The bytes that the template wrote itself.
std::string markup_of(const MarkedText& text) {
  std::string markup;
  for (const ByteRange& range : text.markup)
    markup += text.text.substr(range.first, range.count) + "|";
  return markup;
}

ChatMessage turn_with_call() {
  ChatMessage turn{.role = "assistant"};
  turn.tool_calls.push_back({"call_1", "get_weather", R"({"city":"Paris"})"});
  return turn;
}

constexpr const char* kTools =
    R"([{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","a":1}}}])";

TEST(ChatTemplate, RendersEveryRecordedConversationByteForByte) {
  std::map<std::string, ChatTemplate> templates;
  for (const std::string model : {"deepseek_v3", "qwen3"})
    templates.emplace(model, template_of(model));
  std::ifstream lines(kData / "chat_template_vectors.jsonl");
  size_t seen = 0;
  for (std::string line; std::getline(lines, line); ++seen) {
    const json vector = json::parse(line);
    const std::string model = vector["model"];
    ChatRequest request;
    for (const json& message : vector["messages"])
      request.messages.push_back({.role = message["role"], .content = message["content"]});
    request.add_generation_prompt = vector["add_generation_prompt"];
    request.bos = bos_of(model);

    EXPECT_EQ(prompt_of(templates.at(model), request), vector["rendered"]) << line;
  }
  EXPECT_EQ(seen, 48U);
}

TEST(ChatTemplate, J9_OnlyWhatTheTemplateWroteIsMarkup) {
  const ChatTemplate chat = template_of("deepseek_v3");
  ChatRequest request;
  request.bos = "<BOS>";
  request.messages.push_back({.role = "user", .content = "<｜User｜>"});

  const auto rendered = chat.render(request);

  ASSERT_TRUE(rendered) << rendered.error();
  EXPECT_EQ(rendered->prompt.text, "<BOS><｜User｜><｜User｜><｜Assistant｜>");
  EXPECT_EQ(markup_of(rendered->prompt), "<BOS><｜User｜>|<｜Assistant｜>|");
}

TEST(ChatTemplate, ACallIsShownAsTheModelWroteIt) {
  ChatRequest request;
  request.messages.push_back({.role = "user", .content = "?"});
  request.messages.push_back(turn_with_call());
  request.messages.push_back({.role = "tool", .content = "sunny"});

  EXPECT_EQ(prompt_of(template_of("deepseek_v3"), request),
            "<｜User｜>?<｜Assistant｜><｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function"
            "<｜tool▁sep｜>get_weather\n```json\n{\"city\":\"Paris\"}\n```<｜tool▁call▁end｜>"
            "<｜tool▁outputs▁begin｜><｜tool▁output▁begin｜>sunny<｜tool▁output▁end｜>"
            "<｜tool▁outputs▁end｜>");
  EXPECT_EQ(prompt_of(template_of("qwen3"), request),
            "<|im_start|>user\n?<|im_end|>\n<|im_start|>assistant\n"
            "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}\n"
            "</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\nsunny\n"
            "</tool_response><|im_end|>\n<|im_start|>assistant\n");
}

TEST(ChatTemplate, ToolsKeepTheOrderOfTheirKeys) {
  ChatRequest request;
  request.messages.push_back({.role = "user", .content = "?"});
  request.tools = kTools;

  const std::string prompt = prompt_of(template_of("qwen3"), request);

  EXPECT_NE(prompt.find(R"({"type": "function", "function": {"name": "get_weather", )"
                        R"("parameters": {"type": "object", "a": 1}}})"),
            std::string::npos)
      << prompt;
}

TEST(ChatTemplate, ToolsThatTheTemplateForgetsAreToldInTheSystemMessage) {
  ChatRequest request;
  request.messages.push_back({.role = "system", .content = "Be brief."});
  request.messages.push_back({.role = "user", .content = "?"});
  request.tools = kTools;

  const auto rendered = template_of("deepseek_v3").render(request);

  ASSERT_TRUE(rendered) << rendered.error();
  EXPECT_TRUE(rendered->prompt.text.starts_with("Be brief.\n\n## Tools"));
  EXPECT_NE(rendered->prompt.text.find("get_weather"), std::string::npos);
  EXPECT_EQ(markup_of(rendered->prompt).find("get_weather"), std::string::npos);
  EXPECT_NE(markup_of(rendered->prompt).find("<｜tool▁calls▁begin｜>"), std::string::npos);
}

TEST(ChatTemplate, ToolsAreRefusedWhereTheTemplateKnowsNone) {
  const ChatTemplate chat = ChatTemplate::compile("{{ messages[0].content }}");
  ChatRequest request;
  request.messages.push_back({.role = "user", .content = "?"});
  request.tools = kTools;

  EXPECT_EQ(prompt_of(chat, request), "refused: this model's chat template takes no tools");
}

TEST(ChatTemplate, SaysWhenTheModelBeginsInItsThoughts) {
  const ChatTemplate chat = ChatTemplate::compile(
      "{{ messages[0].content }}{% if thinking %}<think>\n{% else %}</think>{% endif %}");
  ChatRequest request;
  request.messages.push_back({.role = "user", .content = "<think>"});

  EXPECT_FALSE(chat.render(request)->opens_reasoning);
  request.enable_thinking = true;
  EXPECT_TRUE(chat.render(request)->opens_reasoning);
}

TEST(ChatTemplate, WhatATemplateRaisesIsTheWholeSentence) {
  const ChatTemplate chat =
      ChatTemplate::compile("{{ raise_exception('Roles must alternate') }}");

  EXPECT_EQ(prompt_of(chat, {}), "refused: Roles must alternate");
}

TEST(ChatTemplate, VariablesOfTheRequestReachIt) {
  const ChatTemplate chat = ChatTemplate::compile("{{ mood }}{{ messages|length }}");
  ChatRequest request;
  request.variables = R"({"mood": "good"})";
  EXPECT_EQ(prompt_of(chat, request), "good0");

  request.variables = R"({"messages": []})";
  EXPECT_EQ(prompt_of(chat, request),
            "refused: the template's variable 'messages' cannot be set");
}

TEST(ChatFormat, IsRecognisedByItsMarkers) {
  const ChatFormat v3 = template_of("deepseek_v3").format();
  const ChatFormat qwen = template_of("qwen3").format();

  EXPECT_EQ(v3.tools, ToolCallStyle::DeepSeekFenced);
  EXPECT_FALSE(v3.has_reasoning);
  EXPECT_EQ(qwen.tools, ToolCallStyle::Hermes);
  EXPECT_TRUE(qwen.has_reasoning);
  EXPECT_EQ(recognise_format("<｜tool▁call▁begin｜> <｜tool▁sep｜>").tools,
            ToolCallStyle::DeepSeekPlain);
  EXPECT_EQ(recognise_format("<|start_header_id|> '\"parameters\": '").tools,
            ToolCallStyle::LlamaJson);
}

}  // namespace
}  // namespace suan::engine
