#include "node_agent/engine_thread.h"

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/node_agent/engine_world.h"

namespace suan::node_agent {
namespace {

struct Golden {
  std::string prompt;
  std::string continuation;
  size_t tokens = 0;
};

/// The stories that the model must write at temperature 0 (made in float64 from its weights).
std::vector<Golden> golden_stories() {
  std::ifstream file(bundled_model_path() / "golden_greedy.json");
  const auto json = parse_json(std::string(std::istreambuf_iterator<char>(file), {}));
  std::vector<Golden> stories;
  for (const Json& one : *json) {
    const auto prompt = one["prompt"].get<std::string>();
    const auto text = one["text"].get<std::string>();
    stories.push_back({prompt, text.substr(prompt.size()), one["greedy_ids"].size()});
  }
  return stories;
}

Json completion(const std::string& prompt, uint32_t tokens_max) {
  return {{"model", "stories-moe"},
          {"prompt", prompt},
          {"temperature", 0},
          {"max_tokens", tokens_max}};
}

const Golden& story() {
  static const Golden kFirst = golden_stories().at(0);
  return kFirst;
}

TEST(EngineThread, ContinuesEachGoldenPromptToTheLetter) {
  EngineWorld world;
  const auto stories = golden_stories();
  ASSERT_GE(stories.size(), 3U);

  uint64_t stream = 0;
  for (const Golden& golden : stories) {
    world.submit(++stream, RequestKind::Completion,
                 completion(golden.prompt, static_cast<uint32_t>(golden.tokens)));
  }

  stream = 0;
  for (const Golden& golden : stories) {
    const Seen& seen = world.finish(++stream);
    ASSERT_TRUE(seen.done) << seen.failed->error;
    EXPECT_EQ(seen.texts.at(0), golden.continuation);
    EXPECT_EQ(seen.done->usage.completion_tokens, golden.tokens);
    EXPECT_EQ(seen.tokens, golden.tokens);
  }
}

TEST(EngineThread, ContinuesTheContentsOfAChatLineByLine) {
  EngineWorld world;
  const Json chat = {{"messages",
                      {{{"role", "system"}, {"content", "Once upon"}},
                       {{"role", "user"}, {"content", "a time"}}}},
                     {"temperature", 0},
                     {"max_tokens", 30}};

  world.submit(1, RequestKind::Chat, chat);
  world.submit(2, RequestKind::Completion, completion("Once upon\na time", 30));

  const Seen& from_chat = world.finish(1);
  const Seen& from_text = world.finish(2);
  ASSERT_TRUE(from_chat.done);
  EXPECT_EQ(from_chat.texts.at(0), from_text.texts.at(0));
  EXPECT_EQ(from_chat.accepted->prompt_tokens, from_text.accepted->prompt_tokens);
}

TEST(EngineThread, ChatOfOneGoldenPromptGivesItsStory) {
  EngineWorld world;
  const Json chat = {{"messages", {{{"role", "user"}, {"content", story().prompt}}}},
                     {"temperature", 0},
                     {"max_tokens", story().tokens}};

  world.submit(1, RequestKind::Chat, chat);

  const Seen& seen = world.finish(1);
  EXPECT_EQ(seen.texts.at(0), story().continuation);
  EXPECT_EQ(seen.done->finish_reasons, std::vector<std::string>{"length"});
  EXPECT_GT(seen.messages, 50U);  // token by token, not at once
  EXPECT_GT(seen.done->prefill.count(), 0);
  EXPECT_GT(seen.done->decode.count(), 0);
}

TEST(EngineThread, CutsBeforeAStopStringThatCrossesTokens) {
  EngineWorld world;
  const std::string& text = story().continuation;
  const std::string stop = text.substr(37, 9);  // begins and ends inside of words
  Json body = completion(story().prompt, 150);
  body["stop"] = {"never written", stop};

  world.submit(1, RequestKind::Completion, body);

  const Seen& seen = world.finish(1);
  EXPECT_EQ(seen.texts.at(0), text.substr(0, text.find(stop)));
  EXPECT_EQ(seen.done->finish_reasons, std::vector<std::string>{"stop"});
  EXPECT_LT(seen.done->usage.completion_tokens, 60U);
}

TEST(EngineThread, TellsHowMuchOfThePromptWasKnown) {
  EngineWorld world;
  std::string prompt = story().continuation;  // more than a page of tokens
  world.submit(1, RequestKind::Completion, completion(prompt, 5));
  EXPECT_EQ(world.finish(1).accepted->cached_tokens, 0U);

  prompt += " The end.";
  world.submit(2, RequestKind::Completion, completion(prompt, 5));

  const Seen& seen = world.finish(2);
  ASSERT_TRUE(seen.done);
  EXPECT_GE(seen.accepted->cached_tokens, 64U);
  EXPECT_EQ(seen.done->usage.cached_tokens, seen.accepted->cached_tokens);
  EXPECT_LT(seen.done->usage.cached_tokens, seen.done->usage.prompt_tokens);
}

TEST(EngineThread, AnAccountDoesNotLearnWhatAnotherHasAsked) {
  EngineWorld world;
  const std::string body = dump_json(completion(story().continuation, 5));
  const auto cached = [&](uint64_t stream, const std::string& account) {
    RequestFacts facts;
    facts.kind = RequestKind::Completion;
    facts.account = AccountId(account);
    world.submit(stream, facts, body);
    return world.finish(stream).accepted->cached_tokens;
  };

  EXPECT_EQ(cached(1, "alice"), 0U);
  EXPECT_EQ(cached(2, "bob"), 0U);
  EXPECT_GE(cached(3, "alice"), 64U);
}

TEST(EngineThread, StepsOfSeveralTokensTellTheSameStoryAndStopAtTheSamePlace) {
  engine::EngineConfig config;
  config.slots = 4;
  config.speculation = engine::Speculation::Ngram;
  EngineWorld world(config);
  const std::string& text = story().continuation;
  const std::string stop = text.substr(37, 9);
  Json body = completion(story().prompt, 150);
  body["stop"] = {stop};
  world.submit(1, RequestKind::Completion,
               completion(story().prompt, static_cast<uint32_t>(story().tokens)));
  world.submit(2, RequestKind::Completion, body);

  const Seen& whole = world.finish(1);
  EXPECT_EQ(whole.texts.at(0), text);
  EXPECT_EQ(whole.done->usage.completion_tokens, story().tokens);
  const Seen& stopped = world.finish(2);
  EXPECT_EQ(stopped.texts.at(0), text.substr(0, text.find(stop)));
  EXPECT_EQ(stopped.tokens, stopped.done->usage.completion_tokens);
}

TEST(EngineThread, DrawsEachChoiceWithItsOwnSeedAndRepeatsThem) {
  EngineWorld world;
  Json body = completion(story().prompt, 20);
  body["temperature"] = 1.0;
  body["n"] = 3;
  body["seed"] = 7;

  world.submit(1, RequestKind::Completion, body);
  world.submit(2, RequestKind::Completion, body);

  const Seen first = world.finish(1);
  const Seen second = world.finish(2);
  EXPECT_EQ(first.texts, second.texts);
  ASSERT_EQ(first.texts.size(), 3U);
  EXPECT_EQ(std::set({first.texts.at(0), first.texts.at(1), first.texts.at(2)}).size(), 3U);
  EXPECT_EQ(first.done->finish_reasons.size(), 3U);
  EXPECT_EQ(first.done->usage.completion_tokens, first.tokens);
}

TEST(EngineThread, EndsACancelledStreamAndServesTheNext) {
  EngineWorld world;
  Json body = completion(story().prompt, 400);
  body["ignore_eos"] = true;
  world.submit(1, RequestKind::Completion, body);
  world.on_any = [&] {
    if (world.seen[1].messages == 3) world.runner->cancel(StreamId(1));
  };

  const Seen& cancelled = world.finish(1);

  ASSERT_TRUE(cancelled.failed);
  EXPECT_EQ(cancelled.failed->error.code, ErrorCode::Cancelled);
  EXPECT_LT(cancelled.tokens, 400U);
  world.submit(2, RequestKind::Completion, completion(story().prompt, 5));
  EXPECT_TRUE(world.finish(2).done);
  EXPECT_TRUE(world.run_until([&] { return world.runner->load().kv_tokens_taken == 0; }));
}

TEST(EngineThread, CancelsARequestBeforeItHasBegun) {
  EngineWorld world;
  world.submit(1, RequestKind::Completion, completion(story().prompt, 100));
  world.runner->cancel(StreamId(1));
  world.runner->cancel(StreamId(99));  // never heard of

  const Seen& seen = world.finish(1);

  ASSERT_TRUE(seen.failed);
  EXPECT_EQ(seen.failed->error.code, ErrorCode::Cancelled);
  EXPECT_EQ(world.seen.count(99), 0U);
}

TEST(EngineThread, RefusesAPromptBeyondTheContextForGood) {
  EngineWorld world;
  std::string prompt;
  for (int i = 0; i < 400; ++i)
    prompt += "dragon zebra ";

  world.submit(1, RequestKind::Completion, completion(prompt, 5));
  world.submit(2, RequestKind::Completion, completion(story().prompt, 5));

  const Seen& refused = world.finish(1);
  ASSERT_TRUE(refused.failed);
  EXPECT_TRUE(refused.failed->is_final);
  EXPECT_EQ(refused.failed->error.code, ErrorCode::BadRequest);
  EXPECT_NE(refused.failed->error.message.find("context_length_exceeded"), std::string::npos);
  EXPECT_TRUE(world.finish(2).done);
}

TEST(EngineThread, ABrokenBodyEndsOnlyItsOwnRequest) {
  EngineWorld world;
  RequestFacts facts;
  facts.kind = RequestKind::Completion;
  world.submit(1, facts, "{\"prompt\": [[[[");
  world.submit(2, facts, std::string(100'000, '['));
  Json tools = completion("x", 5);
  RequestFacts with_tools = facts;
  with_tools.needs_tools = true;
  world.submit(3, with_tools, dump_json(tools));
  world.submit(4, RequestKind::Completion, completion(story().prompt, 5));

  for (const uint64_t stream : {1, 2, 3}) {
    const Seen& seen = world.finish(stream);
    ASSERT_TRUE(seen.failed) << stream;
    EXPECT_EQ(seen.failed->error.code, ErrorCode::BadRequest);
    EXPECT_TRUE(seen.failed->is_final);
  }
  EXPECT_TRUE(world.finish(4).done);
}

TEST(EngineThread, CountsAndJoinsTokensWithoutTheEngine) {
  EngineWorld world;
  world.submit(1, RequestKind::Tokenize, {{"prompt", "Once upon a time"}});
  const Seen& tokens = world.finish(1);
  ASSERT_TRUE(tokens.done) << tokens.failed->error;
  const auto answer = parse_json(tokens.done->answer_json);
  EXPECT_EQ((*answer)["tokens"], Json({1, 403, 407, 261, 378}));
  EXPECT_EQ((*answer)["count"], 5);

  world.submit(2, RequestKind::Detokenize, {{"tokens", {1, 403, 407, 261, 378}}});
  const Seen& text = world.finish(2);
  ASSERT_TRUE(text.done);
  EXPECT_EQ((*parse_json(text.done->answer_json))["text"], "Once upon a time");
}

TEST(EngineThread, GivesLogprobsOfTheLikeliestTokens) {
  EngineWorld world;
  Json body = completion(story().prompt, 4);
  body["logprobs"] = 2;

  world.submit(1, RequestKind::Completion, body);

  const Seen& seen = world.finish(1);
  ASSERT_EQ(seen.logprobs.size(), 4U);
  std::string joined;
  for (const LogprobEntry& entry : seen.logprobs) {
    joined += entry.chosen.token;
    EXPECT_LE(entry.chosen.logprob, 0);
    ASSERT_EQ(entry.top.size(), 2U);
    EXPECT_EQ(entry.top[0].token, entry.chosen.token);  // greedy
    EXPECT_GE(entry.top[0].logprob, entry.top[1].logprob);
  }
  EXPECT_EQ(joined, seen.texts.at(0));
}

TEST(EngineThread, EchoShowsThePromptFirst) {
  EngineWorld world;
  Json body = completion(story().prompt, 5);
  body["echo"] = true;

  world.submit(1, RequestKind::Completion, body);

  EXPECT_EQ(world.finish(1).texts.at(0).rfind(story().prompt, 0), 0U);
}

TEST(EngineThread, WaitsForRoomInOrderWhenTheCacheIsFull) {
  // Room for one sequence of this length at a time.
  EngineWorld world({.slots = 4, .kv_tokens = 64});
  for (uint64_t stream = 1; stream <= 4; ++stream) {
    world.submit(stream, RequestKind::Completion, completion(story().prompt, 40));
  }

  for (uint64_t stream = 1; stream <= 4; ++stream) {
    EXPECT_EQ(world.finish(stream).done->usage.completion_tokens, 40U);
  }
}

TEST(EngineThread, RefusesBeyondItsQueue) {
  EngineWorld world({.slots = 1}, 2);
  for (uint64_t stream = 1; stream <= 3; ++stream) {
    world.submit(stream, RequestKind::Completion, completion(story().prompt, 50));
  }

  const Seen& refused = world.finish(3);

  ASSERT_TRUE(refused.failed);
  EXPECT_EQ(refused.failed->error.code, ErrorCode::Overloaded);
  EXPECT_FALSE(refused.failed->is_final);
  EXPECT_TRUE(world.finish(1).done);
  EXPECT_TRUE(world.finish(2).done);
}

TEST(EngineThread, EndsWhatRunsWhenItIsDestroyed) {
  EngineWorld world;
  Json body = completion(story().prompt, 400);
  body["ignore_eos"] = true;
  world.submit(1, RequestKind::Completion, body);
  ASSERT_TRUE(world.run_until([&] { return world.seen[1].messages > 0; }));

  world.runner.reset();

  ASSERT_TRUE(world.seen[1].failed);
  EXPECT_EQ(world.seen[1].failed->error.code, ErrorCode::ReplicaGone);
}

}  // namespace
}  // namespace suan::node_agent
