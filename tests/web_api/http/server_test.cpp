#include "web_api/http/server.h"

#include <gtest/gtest.h>

#include "tests/support/http_world.h"

namespace suan::web_api {
namespace {

using test::body_of;
using test::HttpWorld;
using test::RawClient;
using test::status_of;

/// `/echo` gives the body back; `/stream` sends what the test pushes; `/open` needs no key.
void add_routes(Router& router, HttpWorld&) {
  router.add({"GET", "/open", Access::Open, "open",
              [](const Request&, const std::shared_ptr<Reply>& reply) {
                reply->send({.status = 200, .headers = {}, .body = "{}"});
              }});
  router.add({"POST", "/echo", Access::AnyKey, "echo",
              [](const Request& request, const std::shared_ptr<Reply>& reply) {
                reply->send({.status = 200, .headers = {}, .body = request.body});
              }});
  router.add({"GET", "/who", Access::AnyKey, "who",
              [](const Request& request, const std::shared_ptr<Reply>& reply) {
                reply->send(
                    {.status = 200, .headers = {}, .body = request.identity.account.value()});
              }});
  router.add({"GET", "/admin", Access::Admin, "admin",
              [](const Request&, const std::shared_ptr<Reply>& reply) {
                reply->send({.status = 200, .headers = {}, .body = "{}"});
              }});
  router.add({"GET", "/stream", Access::Open, "stream",
              [](const Request&, const std::shared_ptr<Reply>& reply) {
                reply->start_stream(sse_head());
                reply->write(sse_data("one"));
                reply->write(sse_data("two"));
                reply->finish();
              }});
  router.add({"GET", "/throws", Access::Open, "throws",
              [](const Request&, const std::shared_ptr<Reply>&) {
                throw std::runtime_error("secret of the house");
              }});
}

class ServerTest : public testing::Test {
 protected:
  HttpWorld world_{{}, add_routes};
};

TEST_F(ServerTest, AnswersOnAConnectionThatStaysOpen) {
  RawClient client = world_.connect();
  for (int i = 0; i < 3; ++i) {
    client.send(world_.head("GET", "/open") + "\r\n");
    EXPECT_EQ(status_of(client.read_answer()), 200);
  }
  EXPECT_FALSE(client.was_closed());
}

TEST_F(ServerTest, GivesHandlersTheBodyAndWhoSentIt) {
  EXPECT_EQ(body_of(world_.ask("POST", "/echo", "hello")), "hello");
  EXPECT_EQ(body_of(world_.ask("GET", "/who")), "lab");
}

TEST_F(ServerTest, ReadsChunkedBodies) {
  RawClient client = world_.connect();
  client.send(world_.head("POST", "/echo") + "Authorization: Bearer " + world_.lab_key +
              "\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");

  EXPECT_EQ(body_of(client.read_answer()), "abcde");
}

TEST_F(ServerTest, StreamsInChunksAndGoesOn) {
  RawClient client = world_.connect();
  client.send(world_.head("GET", "/stream") + "\r\n");
  const std::string answer = client.read_until("0\r\n\r\n");

  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_NE(answer.find("b\r\ndata: one\n\n\r\n"), std::string::npos) << answer;

  client.send(world_.head("GET", "/open") + "\r\n");
  EXPECT_EQ(status_of(client.read_answer()), 200);
}

TEST_F(ServerTest, StreamsToHttp10UntilTheEndOfTheConnection) {
  RawClient client = world_.connect();
  client.send("GET /stream HTTP/1.0\r\nHost: localhost\r\n\r\n");
  const std::string answer = client.read_all();

  EXPECT_TRUE(client.was_closed());
  EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos);
  EXPECT_EQ(body_of(answer), "data: one\n\ndata: two\n\n");
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
  RawClient client = world_.connect();
  client.send(world_.head("HEAD", "/open") + "Connection: close\r\n\r\n");
  const std::string answer = client.read_all();

  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("Content-Length: 2"), std::string::npos);
  EXPECT_EQ(body_of(answer), "");
}

TEST_F(ServerTest, H13_AThrowingHandlerIsA500WithoutItsText) {
  RawClient client = world_.connect();
  client.send(world_.head("GET", "/throws") + "\r\n");
  const std::string answer = client.read_answer();

  EXPECT_EQ(status_of(answer), 500);
  EXPECT_EQ(answer.find("secret"), std::string::npos);
  EXPECT_NE(answer.find(R"("type":"server_error")"), std::string::npos);
}

TEST_F(ServerTest, RefusesKeysThatAreNone) {
  EXPECT_EQ(status_of(world_.ask_as("", "GET", "/who")), 401);
  EXPECT_EQ(status_of(world_.ask_as("sk-suan-wrong", "GET", "/who")), 401);
  EXPECT_EQ(status_of(world_.ask("GET", "/admin")), 403);
  EXPECT_EQ(status_of(world_.ask_as(world_.admin_key, "GET", "/admin")), 200);
}

TEST_F(ServerTest, A3_ARevokedKeyStopsWorking) {
  const std::string key = world_.make_key("lab", {"request"});
  ASSERT_EQ(status_of(world_.ask_as(key, "GET", "/who")), 200);
  std::promise<uint64_t> revoked;
  world_.keys().revoke(
      world_.keys().check(key)->key_prefix, WallTime{}, [](const auto& task) { task(); },
      [&](const Result<uint64_t>& count) { revoked.set_value(count.value()); });
  ASSERT_EQ(revoked.get_future().get(), 1U);

  EXPECT_EQ(status_of(world_.ask_as(key, "GET", "/who")), 401);
}

TEST_F(ServerTest, A7_BlocksAnAddressThatGuessesButNotKnownKeys) {
  int blocked = 0;
  for (int i = 0; i < 14; ++i) {
    const std::string answer =
        world_.ask_as("sk-suan-wrong" + std::to_string(i), "GET", "/who");
    if (status_of(answer) != 429) continue;
    ++blocked;
    EXPECT_NE(answer.find("Retry-After: "), std::string::npos);
  }

  EXPECT_GE(blocked, 4);
  EXPECT_EQ(status_of(world_.ask("GET", "/who")), 200);
}

TEST_F(ServerTest, SaysWhatAPathCanDo) {
  RawClient client = world_.connect();
  client.send(world_.head("DELETE", "/open") + "\r\n");
  const std::string answer = client.read_answer();
  EXPECT_EQ(status_of(answer), 405);
  EXPECT_NE(answer.find("Allow: GET"), std::string::npos);

  client.send(world_.head("GET", "/nothing") + "\r\n");
  EXPECT_EQ(status_of(client.read_answer()), 404) << "on the same connection";
}

TEST_F(ServerTest, ASecondServerOnThePortGetsOneClearSentence) {
  Authenticator authenticator(world_.keys(), {});
  Metrics metrics;
  const std::string listen = "127.0.0.1:" + std::to_string(world_.server().port());
  HttpServer second({.listen = listen}, Router(), authenticator, metrics);
  try {
    second.start();
    FAIL() << "two servers share a port";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()),
              "cannot listen on " + listen + ": the port is taken by another process");
  }
}

TEST_F(ServerTest, StopsCleanlyWithIdleAndBusyConnections) {
  RawClient idle = world_.connect();
  idle.send(world_.head("GET", "/open") + "\r\n");
  ASSERT_EQ(status_of(idle.read_answer()), 200);
  RawClient half = world_.connect();
  half.send("GET /op");

  const auto began = std::chrono::steady_clock::now();
  world_.server().stop(5s);

  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_TRUE(idle.was_closed());
}

TEST(Cors, H14_AnswersOnlyListedOrigins) {
  HttpOptions options;
  options.cors_origins = {"https://app.example"};
  HttpWorld world(options, add_routes);

  const std::string listed = world.ask("GET", "/who", "", "Origin: https://app.example\r\n");
  const std::string other = world.ask("GET", "/who", "", "Origin: https://evil.example\r\n");
  const std::string before =
      world.ask_as("", "OPTIONS", "/echo", "", "Origin: https://app.example\r\n");

  EXPECT_NE(listed.find("Access-Control-Allow-Origin: https://app.example\r\n"),
            std::string::npos);
  EXPECT_EQ(other.find("Access-Control"), std::string::npos);
  EXPECT_EQ(status_of(before), 204);
  EXPECT_EQ((listed + before).find("Allow-Credentials"), std::string::npos);
}

}  // namespace
}  // namespace suan::web_api
