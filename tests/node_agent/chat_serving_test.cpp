// Chats through a template, on a small random model behind real threads.
#include <gtest/gtest.h>

#include "engine/weights/tiny_model.h"
#include "tests/node_agent/engine_world.h"
#include "tests/support/temporary_folder.h"

namespace suan::node_agent {
namespace {

std::shared_ptr<const engine::ModelFile> tiny_qwen() {
  static const testing::TemporaryFolder kFolder;
  static const auto kModel =
      engine::open_model(engine::write_tiny_gguf({.architecture = "qwen2", .layers = 1},
                                                 kFolder.path() / "q.gguf"),
                         {});
  return kModel;
}

const Json kTools = {{{"type", "function"},
                      {"function",
                       {{"name", "set_unit"},
                        {"parameters",
                         {{"type", "object"},
                          {"properties", {{"unit", {{"enum", {"c", "f"}}}}}},
                          {"required", {"unit"}},
                          {"additionalProperties", false}}}}}}};

/// The tiny model behind an EngineThread; one request after the other.
struct ChatWorld {
  ChatWorld() {
    EngineThreadConfig settings;
    settings.model = ModelId("tiny");
    settings.capacity.slots = 4;
    runner = std::make_unique<EngineThread>(
        loop, tiny_qwen(), engine::make_engine(tiny_qwen(), {.slots = 4}), settings);
    runner->on_event([this](StreamId stream, RunnerEvent event) {
      if (auto* one = std::get_if<TokensEvent>(&event)) {
        for (TokenEvent& piece : one->pieces) {
          reasoning[stream.value()] += piece.reasoning;
          for (const ToolCallEvent& call : piece.calls)
            calls[stream.value()] += call.name + call.arguments;
        }
      }
      seen[stream.value()].take(std::move(event));
    });
  }

  const Seen& ask(uint64_t stream, const Json& more) {
    Json body = {{"messages", {{{"role", "user"}, {"content", "Which unit?"}}}},
                 {"temperature", 0},
                 {"max_tokens", 100}};
    body.update(more);
    RequestFacts facts;
    facts.request = RequestId(Uuid{1, stream});
    facts.model = ModelId("tiny");
    facts.kind = RequestKind::Chat;
    facts.needs_tools = body.contains("tools");
    runner->submit({StreamId(stream), std::move(facts),
                    std::make_shared<const std::string>(dump_json(body))});
    EXPECT_TRUE(loop.run_until([&] { return seen[stream].ends > 0; }));
    return seen[stream];
  }

  ThreadedLoop loop;
  std::map<uint64_t, Seen> seen;
  std::map<uint64_t, std::string> reasoning;
  std::map<uint64_t, std::string> calls;
  std::unique_ptr<EngineThread> runner;
};

std::string failure_of(const Seen& seen) {
  return seen.failed ? seen.failed->error.message : "";
}

TEST(ChatServing, AForcedCallIsReadBack) {
  ChatWorld world;

  const Seen& seen = world.ask(
      1, {{"tools", kTools}, {"tool_choice", "required"}, {"parallel_tool_calls", false}});

  ASSERT_TRUE(seen.done) << failure_of(seen);
  EXPECT_EQ(seen.done->finish_reasons, std::vector<std::string>{"tool_calls"});
  EXPECT_TRUE(world.calls[1] == R"(set_unit{"unit": "c"})" ||
              world.calls[1] == R"(set_unit{"unit": "f"})")
      << world.calls[1];
  EXPECT_EQ(seen.texts.count(0) == 0 ? "" : seen.texts.at(0), "");
}

TEST(ChatServing, AnAnswerIsHeldToASchema) {
  ChatWorld world;
  const Json schema = {{"type", "object"},
                       {"properties", {{"ok", {{"type", "boolean"}}}}},
                       {"required", {"ok"}},
                       {"additionalProperties", false}};

  const Seen& seen = world.ask(
      1, {{"response_format",
           {{"type", "json_schema"}, {"json_schema", {{"name", "x"}, {"schema", schema}}}}}});

  ASSERT_TRUE(seen.done) << failure_of(seen);
  const auto answer = parse_json(seen.texts.at(0));
  ASSERT_TRUE(answer) << seen.texts.at(0);
  EXPECT_TRUE(answer->at("ok").is_boolean());
  EXPECT_EQ(seen.done->finish_reasons, std::vector<std::string>{"stop"});
}

TEST(ChatServing, AnAnswerIsHeldToAGrammarOfTheRequest) {
  ChatWorld world;

  const Seen& seen = world.ask(1, {{"grammar", "root ::= \"yes, \" [0-9] [0-9]"}});

  ASSERT_TRUE(seen.done) << failure_of(seen);
  const std::string& text = seen.texts.at(0);
  EXPECT_TRUE(text.starts_with("yes, ") && text.size() == 7) << text;
}

TEST(ChatServing, ThoughtsThatTheTemplateOpensAreNoContent) {
  ChatWorld world;

  const Seen& seen = world.ask(1, {{"chat_template_kwargs", {{"enable_thinking", true}}},
                                   {"response_format", {{"type", "json_object"}}},
                                   {"max_tokens", 20}});

  ASSERT_TRUE(seen.done) << failure_of(seen);
  EXPECT_FALSE(world.reasoning[1].empty());
}

TEST(ChatServing, ARefusedRequestIsA400AndTheOthersGoOn) {
  ChatWorld world;

  const Seen& refused = world.ask(1, {{"grammar", "root ::= nothing"}});
  ASSERT_TRUE(refused.failed);
  EXPECT_EQ(refused.failed->error.code, ErrorCode::BadRequest);
  EXPECT_TRUE(refused.failed->is_final);
  EXPECT_TRUE(world.ask(2, {{"max_tokens", 3}}).done);
}

TEST(ChatServing, APromptSeenBeforeIsCountedAsCached) {
  ChatWorld world;
  const Json messages = {{{"role", "user"}, {"content", std::string(400, 'x')}}};

  const Seen& first = world.ask(1, {{"messages", messages}, {"max_tokens", 2}});
  const Seen& second = world.ask(2, {{"messages", messages}, {"max_tokens", 2}});

  ASSERT_TRUE(first.done && second.done) << failure_of(first) << failure_of(second);
  EXPECT_EQ(first.done->usage.cached_tokens, 0U);
  EXPECT_GE(second.done->usage.cached_tokens, 64U);
}

}  // namespace
}  // namespace suan::node_agent
