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
    return prepare(work, {manifest, tokenizer, 64}, 99);
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

TEST(Prepare, WhatTheModelCannotDoIsRefused) {
  PrepareWorld world;
  world.facts.needs_tools = true;
  EXPECT_EQ(world.run(RequestKind::Completion, {{"prompt", "a"}}).error().param, "tools");
  world.facts.needs_tools = false;
  world.facts.needs_schema = true;
  EXPECT_EQ(world.run(RequestKind::Completion, {{"prompt", "a"}}).error().param,
            "response_format");
  world.facts.needs_schema = false;
  world.manifest.chat_template = "{{ messages }}";
  const Json messages = Json::array({message("user", "x")});
  EXPECT_EQ(world.run(RequestKind::Chat, {{"messages", messages}}).error().param, "messages");
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
  EXPECT_FALSE(
      prepare({StreamId(1), world.facts, nullptr}, {world.manifest, world.tokenizer, 64}, 1));
}

}  // namespace
}  // namespace suan::node_agent
