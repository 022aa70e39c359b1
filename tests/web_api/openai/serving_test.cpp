#include <gtest/gtest.h>

#include "catalog/types/json.h"
#include "catalog/types/uuid.h"
#include "catalog/wire/http_client.h"
#include "tests/support/http_world.h"
#include "web_api/openai/routes.h"

namespace suan::web_api {
namespace {

using test::body_of;
using test::HttpWorld;
using test::RawClient;
using test::Script;
using test::status_of;

constexpr const char* kChat =
    R"({"model":"stories-moe","messages":[{"role":"user","content":"Hi"}])";

class ServingTest : public testing::Test {
 protected:
  [[nodiscard]] std::string chat(const std::string& more = "",
                                 const std::string& headers = "") const {
    return world_.ask("POST", "/v1/chat/completions", kChat + more + "}", headers);
  }

  /// The data of each event of a streamed answer.
  static std::vector<std::string> events_of(const std::string& answer) {
    std::vector<std::string> events;
    size_t at = answer.find("data: ");
    while (at != std::string::npos) {
      events.push_back(answer.substr(at + 6, answer.find("\n\n", at) - at - 6));
      at = answer.find("data: ", at + 6);
    }
    return events;
  }

  [[nodiscard]] std::string open_stream(RawClient& client) const {
    const std::string body = std::string(kChat) + R"(,"stream":true})";
    client.send(world_.head("POST", "/v1/chat/completions") + "Authorization: Bearer " +
                world_.lab_key + "\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + body);
    return client.read_until("Once");
  }

  HttpWorld world_{
      {}, [](Router& router, HttpWorld& world) { add_openai_routes(router, world.gateway()); }};
};

TEST_F(ServingTest, AnswersAChatWhole) {
  const std::string answer = chat(R"(,"max_tokens":3)");

  ASSERT_EQ(status_of(answer), 200) << answer;
  const Json json = parse_json(body_of(answer)).value();
  EXPECT_EQ(json["object"], "chat.completion");
  EXPECT_EQ(json["model"], "stories-moe");
  EXPECT_TRUE(json["id"].get<std::string>().starts_with("chatcmpl-"));
  EXPECT_EQ(json["choices"][0]["message"]["role"], "assistant");
  EXPECT_EQ(json["choices"][0]["message"]["content"], "Once upon a time");
  EXPECT_EQ(json["choices"][0]["finish_reason"], "length");
  EXPECT_EQ(json["usage"]["total_tokens"], 8);
  EXPECT_EQ(json["usage"]["prompt_tokens_details"]["cached_tokens"], 2);
  EXPECT_EQ(json["suan"]["site"], "north");
  EXPECT_EQ(json["suan"]["node"], "north-1");
  EXPECT_EQ(json["suan"]["reason"], "the only replica");
  EXPECT_GT(json["suan"]["ttft_ms"].get<double>(), 0);
  EXPECT_NE(answer.find("X-Suan-Site: north\r\n"), std::string::npos);
  EXPECT_NE(answer.find("X-Suan-Node: north-1\r\n"), std::string::npos);
  EXPECT_NE(answer.find("X-Suan-Request-Id: " + json["suan"]["request_id"].get<std::string>()),
            std::string::npos);
}

TEST_F(ServingTest, StreamsAChat) {
  const std::string answer = chat(R"(,"stream":true)");
  const auto events = events_of(answer);

  EXPECT_NE(answer.find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_NE(answer.find("X-Suan-Node: north-1\r\n"), std::string::npos);
  ASSERT_EQ(events.size(), 6U) << answer;
  EXPECT_EQ(events.back(), "[DONE]");
  std::string text;
  for (size_t i = 0; i + 1 < events.size(); ++i) {
    const Json chunk = parse_json(events[i]).value();
    EXPECT_EQ(chunk["object"], "chat.completion.chunk");
    EXPECT_EQ(chunk.contains("suan"), i + 2 == events.size()) << "in the last chunk alone";
    text += chunk["choices"][0]["delta"].value("content", "");
  }
  EXPECT_EQ(text, "Once upon a time");
  EXPECT_EQ(parse_json(events[0]).value()["choices"][0]["delta"]["role"], "assistant");
  EXPECT_EQ(parse_json(events[4]).value()["choices"][0]["finish_reason"], "length");
}

TEST_F(ServingTest, StreamsUsageWhenAsked) {
  const auto events =
      events_of(chat(R"(,"stream":true,"stream_options":{"include_usage":true})"));

  ASSERT_EQ(events.size(), 7U);
  const Json last = parse_json(events[5]).value();
  EXPECT_TRUE(last["choices"].empty());
  EXPECT_EQ(last["usage"]["completion_tokens"], 3);
  EXPECT_EQ(last["suan"]["site"], "north");
  EXPECT_TRUE(parse_json(events[1]).value()["usage"].is_null());
}

TEST_F(ServingTest, ServesCompletions) {
  const std::string body = R"({"model":"stories-moe","prompt":"Once")";
  const Json whole =
      parse_json(body_of(world_.ask("POST", "/v1/completions", body + "}"))).value();
  const auto events =
      events_of(world_.ask("POST", "/v1/completions", body + R"(,"stream":true})"));

  EXPECT_EQ(whole["object"], "text_completion");
  EXPECT_EQ(whole["choices"][0]["text"], "Once upon a time");
  ASSERT_EQ(events.size(), 5U);
  EXPECT_EQ(parse_json(events[1]).value()["choices"][0]["text"], " upon");
}

TEST_F(ServingTest, PassesTheBodyOnAsItCameAndTheFactsToPlacement) {
  const std::string body = std::string(kChat) + R"(, "max_tokens" : 7, "mine": [1]})";

  const std::string answer = world_.ask("POST", "/v1/chat/completions", body,
                                        "X-Suan-Site: north\r\nX-Suan-Priority: batch\r\n");
  ASSERT_EQ(status_of(answer), 200) << answer;

  ASSERT_EQ(world_.network().bodies().size(), 1U);
  EXPECT_EQ(world_.network().bodies()[0], body);
  const RequestFacts facts = world_.network().submits().at(0);
  EXPECT_EQ(facts.account.value(), "lab");
  EXPECT_EQ(facts.tokens_max, 7U);
  EXPECT_EQ(facts.wishes.sites, std::vector<SiteId>{SiteId("north")});
  EXPECT_EQ(facts.service_class, ServiceClass::Batch);
}

TEST_F(ServingTest, PassesTokenizersAnswersThrough) {
  Script script;
  script.pieces.clear();
  script.answer_json = R"({"tokens":[1,2],"count":2})";
  world_.network().set(script);

  const std::string answer =
      world_.ask("POST", "/v1/tokenize", R"({"model":"stories-moe","prompt":"Hi"})");

  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(body_of(answer), script.answer_json);
}

TEST_F(ServingTest, ListsModels) {
  const Json list = parse_json(body_of(world_.ask("GET", "/v1/models"))).value();
  const Json one = parse_json(body_of(world_.ask("GET", "/v1/models/stories-moe"))).value();

  EXPECT_EQ(list["data"][0]["id"], "stories-moe");
  EXPECT_EQ(one["context_length"], 512);
  EXPECT_TRUE(one["chat_template"].is_null());
  EXPECT_EQ(one["sites"][0], "north");
  EXPECT_EQ(status_of(world_.ask("GET", "/v1/models/none")), 404);
}

TEST_F(ServingTest, RefusesWithOpenAisShapeAndTheFieldsName) {
  const auto error_of = [&](const std::string& more) {
    return parse_json(body_of(chat(more))).value()["error"];
  };

  EXPECT_EQ(error_of(R"(,"temperature":9)")["param"], "temperature");
  EXPECT_EQ(error_of(R"(,"temperature":9)")["type"], "invalid_request_error");
  EXPECT_EQ(error_of(R"(,"tools":[{}])")["param"], "tools");
  const std::string unknown =
      world_.ask("POST", "/v1/chat/completions",
                 R"({"model":"none","messages":[{"role":"user","content":"a"}]})");
  EXPECT_EQ(status_of(unknown), 404);
  EXPECT_EQ(parse_json(body_of(unknown)).value()["error"]["code"], "model_not_found");
  EXPECT_EQ(status_of(world_.ask("POST", "/v1/embeddings", "{}")), 400);
  EXPECT_EQ(status_of(chat("", "X-Suan-Wish: gold\r\n")), 400);
  EXPECT_TRUE(world_.network().submits().empty()) << "nothing of this reaches the scheduler";
}

TEST_F(ServingTest, TellsTheSchedulersRefusalWithItsWait) {
  Script script;
  script.reject_code = "rate_limit_exceeded";
  world_.network().set(script);

  for (const char* more : {"", R"(,"stream":true)"}) {
    const std::string answer = chat(more);
    EXPECT_EQ(status_of(answer), 429) << answer;
    EXPECT_NE(answer.find("Retry-After: 3\r\n"), std::string::npos);
    EXPECT_NE(answer.find("no room at the inn"), std::string::npos);
  }
}

TEST_F(ServingTest, NothingToServeIsA503) {
  world_.on_loop([&] { world_.network().publish("{}", false); });

  const std::string answer = chat();
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_NE(answer.find("Retry-After: "), std::string::npos);
}

TEST_F(ServingTest, AFailureInTheMiddleIsAnHonestErrorEvent) {
  Script script;
  script.fail_code = "node_lost";
  world_.network().set(script);

  const std::string answer = chat(R"(,"stream":true)");
  const auto events = events_of(answer);

  EXPECT_EQ(status_of(answer), 200);
  ASSERT_GE(events.size(), 2U);
  EXPECT_TRUE(parse_json(events.back()).value().contains("error"));
  EXPECT_EQ(answer.find("[DONE]"), std::string::npos);
  EXPECT_EQ(status_of(chat()), 502) << "a whole answer has nothing shown yet";
}

TEST_F(ServingTest, H12_AClientThatLeavesFreesItsSlotWithinASecond) {
  Script script;
  script.hangs = true;
  world_.network().set(script);
  for (const bool is_rude : {true, false}) {
    const size_t before = world_.network().cancels();
    RawClient client = world_.connect();
    ASSERT_NE(open_stream(client).find("Once"), std::string::npos);

    client.leave(is_rude);

    EXPECT_TRUE(HttpWorld::wait_for([&] { return world_.network().cancels() > before; }, 1s));
  }
}

TEST_F(ServingTest, AClientThatLeavesBeforeAWholeAnswerCancelsToo) {
  Script script;
  script.hangs = true;
  world_.network().set(script);
  RawClient client = world_.connect();
  const std::string body = std::string(kChat) + "}";
  client.send(world_.head("POST", "/v1/chat/completions") + "Authorization: Bearer " +
              world_.lab_key + "\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n\r\n" + body);
  ASSERT_TRUE(HttpWorld::wait_for([&] { return world_.network().bodies().size() == 1; }));

  client.leave();

  EXPECT_TRUE(HttpWorld::wait_for([&] { return world_.network().cancels() == 1; }, 1s));
}

TEST_F(ServingTest, H12_ASlowReaderIsCutOffAtOneMebibyteWhileOthersGoOn) {
  Script flood;
  flood.pieces.assign(1000, std::string(16U << 10U, 'x'));
  flood.pieces[0] = "Once";
  world_.network().set(flood);
  RawClient slow = world_.connect(4096);
  ASSERT_NE(open_stream(slow).find("Once"), std::string::npos);

  ASSERT_TRUE(HttpWorld::wait_for([&] { return world_.network().cancels() == 1; }));

  world_.network().set({});
  EXPECT_EQ(status_of(chat()), 200);
}

TEST_F(ServingTest, H12_NoEventSplitsAUtf8Sequence) {
  Script script;
  script.pieces = {"算", "力", "\xF0\x9F\x8C\x8D"};
  world_.network().set(script);

  std::string text;
  for (const std::string& event : events_of(chat(R"(,"stream":true)"))) {
    if (event == "[DONE]") continue;
    const Json chunk = parse_json(event).value();  // would fail on half a sequence
    text += chunk["choices"][0]["delta"].value("content", "");
  }
  EXPECT_EQ(text, "算力🌍");
}

TEST_F(ServingTest, ServesOurOwnClient) {
  HttpClient client(4);
  HttpRequest request{.method = "POST",
                      .url = parse_http_url(world_.server().url() + "/v1/completions").value(),
                      .headers = {{"Authorization", "Bearer " + world_.lab_key}},
                      .body = R"({"model":"stories-moe","prompt":"a"})"};

  const auto answer = client.fetch(request);

  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(answer->status, 200);
}

}  // namespace
}  // namespace suan::web_api
