#include <gtest/gtest.h>

#include "catalog/types/random.h"
#include "tests/abuse/abuse_world.h"

// Requests that two servers in a row could read differently, and other malformed ones.

namespace suan::web_api {
namespace {

using test::count_answers;
using test::HttpWorld;
using test::RawClient;
using test::status_of;

class FramingTest : public testing::Test {
 protected:
  /// All that the server says to these bytes, until it closes.
  std::string say(const std::string& bytes, bool* was_closed = nullptr) {
    RawClient client = world_.connect();
    client.send(bytes);
    std::string answer = client.read_all(std::chrono::seconds(3));
    if (was_closed != nullptr) *was_closed = client.was_closed();
    return answer;
  }

  /// Exactly one answer with that status, then the end of the connection.
  void expect_refused(const std::string& bytes, int status) {
    bool was_closed = false;
    const std::string answer = say(bytes, &was_closed);
    EXPECT_EQ(status_of(answer), status) << bytes << "\n" << answer;
    EXPECT_EQ(count_answers(answer), 1U) << bytes << "\n" << answer;
    EXPECT_TRUE(was_closed) << bytes;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos) << bytes;
    EXPECT_NE(answer.find(R"({"error":{)"), std::string::npos) << bytes;
  }

  [[nodiscard]] std::string post(const std::string& fields,
                                 const std::string& body = "") const {
    return world_.head("POST", "/v1/chat/completions") + "Authorization: Bearer " +
           world_.lab_key + "\r\n" + fields + "\r\n" + body;
  }

  // A second request, hidden in what may be the body of the first.
  const std::string smuggled_ = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
  HttpWorld world_{test::small_limits(), test::add_all_routes};
};

TEST_F(FramingTest, H1_LimitsTheHeadersSizeAndCount) {
  std::string many;
  for (int i = 0; i < 101; ++i)
    many += "X-A: b\r\n";

  expect_refused(world_.head("GET", "/health") + many + "\r\n", 431);
  expect_refused(
      world_.head("GET", "/health") + "X-A: " + std::string(20'000, 'a') + "\r\n\r\n", 431);
  expect_refused("GET /" + std::string(40'000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
                 431);
}

TEST_F(FramingTest, H2_LimitsBodiesWithALengthAndInChunks) {
  expect_refused(post("Content-Length: 65537\r\n"), 413);
  std::string chunks;
  for (int i = 0; i < 70; ++i)
    chunks += "400\r\n" + std::string(1024, ' ') + "\r\n";
  expect_refused(post("Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n"), 413);
}

TEST_F(FramingTest, H2_LimitsChunkExtensionsAndTrailers) {
  std::string extensions;
  for (int i = 0; i < 20; ++i)
    extensions += "1;" + std::string(1000, 'e') + "\r\nx\r\n";
  expect_refused(post("Transfer-Encoding: chunked\r\n", extensions + "0\r\n\r\n"), 400);
  expect_refused(
      post("Transfer-Encoding: chunked\r\n", "1;" + std::string(40'000, 'e') + "\r\nx\r\n"),
      400);
  expect_refused(post("Transfer-Encoding: chunked\r\n",
                      "1\r\nx\r\n0\r\nX-A: " + std::string(100'000, 't') + "\r\n\r\n"),
                 400);
}

TEST_F(FramingTest, H3_OneRequestIsNeverTwo) {
  const std::string length = std::to_string(smuggled_.size());
  for (const char* fields : {
           "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
           "Content-Length: 4\r\nTransfer-Encoding: gzip\r\n",
           "Content-Length: 4\r\nTransfer-Encoding: identity\r\n",
           "Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n",
           "Content-Length: 0\r\nContent-Length: 4\r\n",
           "Content-Length: 4\r\nContent-Length: 4\r\n",
           "Content-Length: 4, 4\r\n",
           "Content-Length: +4\r\n",
           "Content-Length: -4\r\n",
           "Content-Length: 0x4\r\n",
           "Content-Length: 4 4\r\n",
           "Content-Length: 99999999999999999999999\r\n",
           "Content-Length : 4\r\n",
           "Content-Length\x01: 4\r\n",
       }) {
    expect_refused(post(fields, "0\r\n\r\n" + smuggled_), 400);
  }
}

TEST_F(FramingTest, H4_OtherTransferCodingsEndTheConnection) {
  expect_refused(
      "POST /v1/completions HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: "
      "chunked\r\n\r\n0\r\n\r\n" +
          smuggled_,
      400);
  expect_refused(post("Transfer-Encoding: gzip\r\n", smuggled_), 501);
  expect_refused(post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n" + smuggled_), 501);
}

TEST_F(FramingTest, H5_NeedsOneHostOfItsOwn) {
  expect_refused("GET /health HTTP/1.1\r\n\r\n", 400);
  expect_refused("GET /health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400);
  expect_refused("GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421);
  EXPECT_EQ(status_of(world_.ask_as("", "GET", "/health")), 200);
}

TEST_F(FramingTest, H8_H9_RefusesWhatItDoesNotServe) {
  expect_refused(post("Content-Encoding: gzip\r\nContent-Length: 1\r\n", "x"), 415);
  expect_refused("TRACE /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 405);
  expect_refused("CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 405);
  for (const char* target : {"/%00", "/a%2fb", "/%0d%0aX:%20y", "/../etc/passwd", "/a\\b",
                             "http://localhost/health", "/%"}) {
    expect_refused("GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 400);
  }
}

TEST_F(FramingTest, H9_AGetWithABodyIsAnsweredAndClosed) {
  bool was_closed = false;
  const std::string answer = say(world_.head("GET", "/health") + "Content-Length: " +
                                     std::to_string(smuggled_.size()) + "\r\n\r\n" + smuggled_,
                                 &was_closed);

  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(count_answers(answer), 1U) << answer;
  EXPECT_TRUE(was_closed);
}

TEST_F(FramingTest, RefusesWhatIsNoHttp) {
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x02", 4) + std::string(60, '\x01') + "\r\n\r\n",
        std::string("GET\r\n\r\n"), std::string("GET / HTTP/2.0\r\nHost: localhost\r\n\r\n"),
        std::string("GET / HTTP/1.1\nHost localhost\n\n\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29),
        std::string("G\0T / HTTP/1.1\r\nHost: localhost\r\n\r\n", 35)}) {
    expect_refused(bytes, 400);
  }
}

TEST_F(FramingTest, H6_AsksForTheBodyOnlyAfterTheKeyAndTheRoute) {
  RawClient client = world_.connect();
  const std::string body = R"({"model":"stories-moe","prompt":"a"})";
  client.send(world_.head("POST", "/v1/completions") + "Authorization: Bearer " +
              world_.lab_key + "\r\nExpect: 100-continue\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(body);
  EXPECT_EQ(status_of(client.read_answer()), 200);

  const std::string wait = "Expect: 100-continue\r\nContent-Length: 5\r\n";
  expect_refused(world_.head("POST", "/v1/completions") + wait + "\r\n", 401);
  expect_refused(world_.head("POST", "/nothing") + wait + "\r\n", 404);
  expect_refused(post("Expect: 100-continue\r\nContent-Length: 70000\r\n"), 413);
  expect_refused(post("Expect: miracles\r\nContent-Length: 5\r\n"), 417);
}

TEST_F(FramingTest, SurvivesNoise) {
  Random random(20261125);
  for (int i = 0; i < 200; ++i) {
    std::string bytes = i % 2 == 0 ? "" : post("Content-Length: 9\r\n", "{\"a\":1}  ");
    if (bytes.empty()) {
      for (uint64_t j = random.below(300) + 1; j > 0; --j)
        bytes += static_cast<char>(random.below(256));
    } else {
      for (int j = 0; j < 3; ++j)
        bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    }
    RawClient client = world_.connect();
    client.send(bytes);
    client.read_until("\r\n\r\n", std::chrono::milliseconds(5));
  }
  EXPECT_EQ(status_of(world_.ask_as("", "GET", "/health")), 200);
}

}  // namespace
}  // namespace suan::web_api
