#include "node_agent/prepare.h"

#include <gtest/gtest.h>

#include "catalog/types/json.h"

namespace suan::node_agent {
namespace {

/// One token per byte, after a BOS (0): what matters here is what gets tokenised.
class ByteTokenizer final : public engine::Tokenizer {
 public:
  [[nodiscard]] std::vector<int32_t> encode(std::string_view text,
                                            bool add_bos) const override {
    std::vector<int32_t> ids;
    if (add_bos) ids.push_back(0);
    for (const char c : text)
      ids.push_back(static_cast<unsigned char>(c));
    return ids;
  }

  [[nodiscard]] std::vector<int32_t> encode(const engine::MarkedText& text,
                                            bool add_bos) const override {
    return encode(text.text, add_bos);
  }

  [[nodiscard]] std::string piece(int32_t, int32_t token) const override {
    return token == 0 ? "" : std::string(1, static_cast<char>(token));
  }

  [[nodiscard]] bool is_control(int32_t token) const override { return token == 0; }

  [[nodiscard]] std::string control_text(int32_t) const override { return {}; }

  [[nodiscard]] bool is_end(int32_t token) const override { return token == 1; }

  [[nodiscard]] int32_t bos() const override { return 0; }

  [[nodiscard]] uint32_t size() const override { return 256; }
};

struct PrepareWorld {
  Result<std::variant<PreparedRequest, DirectAnswer>> run(RequestKind kind, const Json& body) {
    facts.kind = kind;
    const Work work{StreamId(1), facts, std::make_shared<const std::string>(dump_json(body))};
    ServedChat chat(manifest, tokenizer);
    return prepare(work, {manifest, tokenizer, 64, chat}, 99);
  }

  PreparedRequest request(RequestKind kind, const Json& body) {
    auto prepared = run(kind, body);
    EXPECT_TRUE(prepared) << prepared.error();
    return prepared ? std::get<PreparedRequest>(*prepared) : PreparedRequest{};
  }

  [[nodiscard]] std::string text(const PreparedRequest& request) const {
    return tokenizer.decode(request.prompt);
  }

  ByteTokenizer tokenizer;
  engine::Manifest manifest;
  RequestFacts facts;
};

Json message(const char* role, const char* content) {
  return {{"role", role}, {"content", content}};
}

TEST(Prepare, ChatWithoutATemplateIsTheContentsInOrder) {
  PrepareWorld world;
  const Json messages = {message("system", "One."), message("user", "Two.")};
  const auto request = world.request(RequestKind::Chat, {{"messages", messages}});
  EXPECT_EQ(world.text(request), "One.\nTwo.");
}

TEST(Prepare, OutputIsBoundByTheContextTheFactsAndTheBody) {
  PrepareWorld world;
  EXPECT_EQ(world.request(RequestKind::Completion, {{"prompt", "abc"}}).tokens_max, 60U);
  EXPECT_EQ(world.request(RequestKind::Completion, {{"prompt", "abc"}, {"max_tokens", 64}})
                .tokens_max,
            60U);
  world.facts.tokens_max = 10;
  EXPECT_EQ(world.request(RequestKind::Completion, {{"prompt", "abc"}, {"max_tokens", 40}})
                .tokens_max,
            10U);
}

TEST(Prepare, J4_RangesAreCheckedAgain) {
  PrepareWorld world;
  const auto hot = world.run(RequestKind::Completion, {{"prompt", "a"}, {"temperature", 9}});
  ASSERT_FALSE(hot);
  EXPECT_EQ(hot.error().param, "temperature");
  EXPECT_FALSE(world.run(RequestKind::Completion, {{"prompt", {1, 2, 700}}}));
}

TEST(Prepare, APromptThatFillsTheContextIsRefusedWithOpenAisCode) {
  PrepareWorld world;
  const auto prepared = world.run(RequestKind::Completion, {{"prompt", std::string(64, 'a')}});
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, ErrorCode::BadRequest);
  EXPECT_NE(prepared.error().message.find("context_length_exceeded"), std::string::npos);
}

TEST(Prepare, ToolsNeedATemplate) {
  PrepareWorld world;
  world.facts.needs_tools = true;
  EXPECT_EQ(world.run(RequestKind::Completion, {{"prompt", "a"}}).error().param, "tools");
  const Json messages = Json::array({message("user", "x")});
  EXPECT_EQ(world.run(RequestKind::Chat, {{"messages", messages}}).error().param, "tools");
}

TEST(Prepare, AChatGoesThroughTheModelsTemplate) {
  PrepareWorld world;
  world.manifest.chat_template =
      "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}{{ mood }}"
      "{% if add_generation_prompt %}[bot]{% endif %}";
  const Json messages = Json::array({message("user", "x")});
  const auto request = world.request(
      RequestKind::Chat, {{"messages", messages}, {"chat_template_kwargs", {{"mood", "!"}}}});

  EXPECT_EQ(world.text(request), "[user]x![bot]");
  EXPECT_TRUE(request.reading);
  EXPECT_EQ(request.grammar, nullptr);
}

TEST(Prepare, ATemplateThatCannotBeRenderedIsA400WithItsReason) {
  PrepareWorld world;
  world.manifest.chat_template = "\n{% include 'x' %}";
  const Json messages = Json::array({message("user", "x")});
  const auto prepared = world.run(RequestKind::Chat, {{"messages", messages}});

  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, ErrorCode::BadRequest);
  EXPECT_NE(prepared.error().message.find("line 2: the tag 'include' is not supported"),
            std::string::npos)
      << prepared.error();
  EXPECT_TRUE(world.run(RequestKind::Completion, {{"prompt", "a"}}));
}

TEST(Prepare, WhatATemplateRaisesIsA400) {
  PrepareWorld world;
  world.manifest.chat_template = "{{ raise_exception('Roles must alternate.') }}";
  const Json messages = Json::array({message("user", "x")});

  EXPECT_EQ(world.run(RequestKind::Chat, {{"messages", messages}}).error().message,
            "Roles must alternate.");
}

TEST(Prepare, FormsOfAnswersBecomeGrammars) {
  PrepareWorld world;
  const auto with = [&](const char* name, const Json& value) {
    return world.run(RequestKind::Completion, {{"prompt", "a"}, {name, value}});
  };
  const auto grammar_of = [](const auto& prepared) {
    return std::get<PreparedRequest>(prepared.value()).grammar;
  };

  EXPECT_EQ(grammar_of(with("response_format", {{"type", "text"}})), nullptr);
  EXPECT_NE(grammar_of(with("response_format", {{"type", "json_object"}})), nullptr);
  EXPECT_NE(grammar_of(with("grammar", "root ::= \"yes\" | \"no\"")), nullptr);
  EXPECT_NE(grammar_of(with("suan", {{"grammar", "root ::= \"yes\""}})), nullptr);
  EXPECT_EQ(with("grammar", "root ::= missing").error().param, "grammar");
  EXPECT_EQ(with("grammar", 5).error().param, "grammar");
  const Json schema = {{"type", "json_schema"}, {"json_schema", {{"schema", {{"type", 5}}}}}};
  EXPECT_EQ(with("response_format", schema).error().param, "response_format");
}

TEST(Prepare, ForcedCallsAreHeldToAGrammar) {
  PrepareWorld world;
  world.manifest.chat_template =
      "{% for tool in tools or [] %}{{ tool.function.name }}{% endfor %}{{ '<tool_call>' }}";
  world.facts.needs_tools = true;
  const Json messages = Json::array({message("user", "x")});
  const Json tools = {{{"type", "function"}, {"function", {{"name", "now"}}}}};
  const auto with = [&](const Json& choice) {
    return world.run(RequestKind::Chat,
                     {{"messages", messages}, {"tools", tools}, {"tool_choice", choice}});
  };
  const Json named = {{"type", "function"}, {"function", {{"name", "now"}}}};
  const Json unknown = {{"type", "function"}, {"function", {{"name", "later"}}}};

  ASSERT_TRUE(with("auto")) << with("auto").error();
  ASSERT_TRUE(with("required")) << with("required").error();
  EXPECT_EQ(std::get<PreparedRequest>(with("auto").value()).grammar, nullptr);
  EXPECT_NE(std::get<PreparedRequest>(with("required").value()).grammar, nullptr);
  EXPECT_NE(std::get<PreparedRequest>(with(named).value()).grammar, nullptr);
  EXPECT_EQ(with(unknown).error().param, "tool_choice");
  const auto none = std::get<PreparedRequest>(with("none").value());
  EXPECT_EQ(world.text(none), "<tool_call>") << "they are not told";
  EXPECT_TRUE(none.reading->options.functions.empty());
}

TEST(Prepare, SeedsAreTheRequestsOrDrawnAndDifferByChoice) {
  PrepareWorld world;
  EXPECT_EQ(
      world.request(RequestKind::Completion, {{"prompt", "a"}, {"seed", 5}}).sampling.seed, 5U);
  EXPECT_EQ(world.request(RequestKind::Completion, {{"prompt", "a"}}).sampling.seed, 99U);
  EXPECT_EQ(seed_of_choice(5, 0), 5U);
  EXPECT_NE(seed_of_choice(5, 1), seed_of_choice(5, 2));
}

TEST(Prepare, EchoIsThePromptAlsoWhenItCameAsIds) {
  PrepareWorld world;
  const auto request =
      world.request(RequestKind::Completion, {{"prompt", {72, 105}}, {"echo", true}});
  EXPECT_EQ(request.echo, "Hi");
  EXPECT_EQ(request.prompt, (std::vector<int32_t>{72, 105}));
}

TEST(Prepare, AMissingBodyIsAnError) {
  PrepareWorld world;
  ServedChat chat(world.manifest, world.tokenizer);
  EXPECT_FALSE(prepare({StreamId(1), world.facts, nullptr},
                       {world.manifest, world.tokenizer, 64, chat}, 1));
}

}  // namespace
}  // namespace suan::node_agent
