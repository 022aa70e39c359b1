#include "catalog/wire/http_client.h"

#include <future>

#include <gtest/gtest.h>

#include "catalog/wire/bounded_queue.h"
#include "tests/support/raw_http_server.h"

namespace suan {
namespace {

using test::RawConnection;
using test::RawHttpServer;

HttpRequest get(const std::string& url, Duration timeout = 10s) {
  HttpRequest request;
  request.url = parse_http_url(url).value();
  request.timeout = timeout;
  return request;
}

/// Answers every request on a connection with the same bytes.
RawHttpServer answering(const std::string& bytes) {
  return RawHttpServer([bytes](RawConnection& connection) {
    while (!connection.read_head().empty())
      connection.write(bytes);
  });
}

TEST(HttpUrl, IsTakenApart) {
  const auto url = parse_http_url("https://example.org/v1/models?limit=2#top");

  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "example.org");
  EXPECT_EQ(url->port, "443");
  EXPECT_EQ(url->path, "/v1/models?limit=2");
  EXPECT_TRUE(url->is_tls);
}

TEST(HttpUrl, TakesPortsAndAddressesOfVersion6) {
  const auto url = parse_http_url("http://[::1]:8080");

  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, "8080");
  EXPECT_EQ(url->path, "/");
}

TEST(HttpUrl, RefusesWhatIsNone) {
  for (const char* text :
       {"", "ftp://host/", "http://", "http://:80", "http://host:port", "http://host:99999",
        "http://user@host/", "http://host/a b", "http://host/\r\nX: 1", "host/path"}) {
    const auto url = parse_http_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, ErrorCode::BadRequest);
  }
}

TEST(HttpClient, FetchesAnAnswerWithItsHeaders) {
  auto server =
      answering("HTTP/1.1 201 Created\r\nX-Site: A\r\nContent-Length: 5\r\n\r\nhello");
  HttpClient client;

  const auto answer = client.fetch(get(server.url("/v1/models")));

  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->header("x-site"), "A");
  EXPECT_EQ(answer->body, "hello");
}

TEST(HttpClient, SendsMethodHeadersAndBody) {
  std::promise<std::string> head;
  RawHttpServer server([&](RawConnection& connection) {
    head.set_value(connection.read_head());
    connection.write("HTTP/1.1 204 No Content\r\n\r\n");
    connection.wait_for_end();
  });
  HttpClient client;
  HttpRequest request = get(server.url("/v1/x?a=b"));
  request.method = "POST";
  request.headers = {{"Authorization", "Bearer sk-suan-1"}};
  request.body = "{}";

  ASSERT_TRUE(client.fetch(std::move(request)));

  const std::string sent = head.get_future().get();
  EXPECT_EQ(sent.substr(0, sent.find("\r\n")), "POST /v1/x?a=b HTTP/1.1");
  EXPECT_NE(sent.find("Authorization: Bearer sk-suan-1\r\n"), std::string::npos);
  EXPECT_NE(sent.find("Content-Length: 2\r\n"), std::string::npos);
}

TEST(HttpClient, UsesAConnectionAgain) {
  auto server = answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  HttpClient client;

  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(client.fetch(get(server.url())));

  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, ConnectsAnewWhenTheServerHasClosedMeanwhile) {
  BoundedQueue<int> closed(2);
  RawHttpServer server([&](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    connection.close();
    EXPECT_TRUE(closed.try_push(1));
  });
  HttpClient client;

  ASSERT_TRUE(client.fetch(get(server.url())));
  ASSERT_TRUE(closed.pop());
  ASSERT_TRUE(client.fetch(get(server.url())));

  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, PassesChunksOnAsTheyArrive) {
  std::promise<void> first_seen;
  RawHttpServer server([&](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
    first_seen.get_future().wait();  // the second part comes only after the first was seen
    connection.write("6\r\nsecond\r\n0\r\n\r\n");
    connection.wait_for_end();
  });
  HttpClient client;
  std::string seen;
  std::promise<Result<HttpAnswer>> ended;

  client.stream(
      get(server.url()),
      [&](std::string_view bytes) {
        seen += bytes;
        if (seen == "first") first_seen.set_value();
      },
      [&](Result<HttpAnswer> answer) { ended.set_value(std::move(answer)); });

  const auto answer = ended.get_future().get();
  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(seen, "firstsecond");
}

TEST(HttpClient, ReadsABodyThatEndsWithTheConnection) {
  RawHttpServer server([](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end");
  });
  HttpClient client;

  const auto answer = client.fetch(get(server.url()));

  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(answer->body, "until the end");
}

TEST(HttpClient, GivesUpAtTheDeadlineOfTheWholeExchange) {
  RawHttpServer server([](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nslow");
    connection.wait_for_end();
  });
  HttpClient client;

  const auto answer = client.fetch(get(server.url(), 50ms));

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::TimedOut);
}

TEST(HttpClient, ReportsAnAnswerThatIsCut) {
  RawHttpServer server([](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  });
  HttpClient client;

  const auto answer = client.fetch(get(server.url()));

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Internal);
}

TEST(HttpClient, ReportsAnAnswerThatIsNoHttp) {
  auto server = answering("220 mail.example.org ready\r\n\r\n");
  HttpClient client;

  const auto answer = client.fetch(get(server.url()));

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Internal);
}

TEST(HttpClient, RefusesAnAnswerAboveItsLimit) {
  RawHttpServer server([](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 100; ++i)
      connection.write("10\r\n0123456789abcdef\r\n");
    connection.write("0\r\n\r\n");
  });
  HttpClient client;
  HttpRequest request = get(server.url());
  request.answer_bytes_max = 100;

  const auto answer = client.fetch(std::move(request));

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::TooLarge);
}

TEST(HttpClient, SaysSoWhenNothingListens) {
  std::string url;
  {
    auto server = answering("");
    url = server.url();
  }
  HttpClient client;

  const auto answer = client.fetch(get(url));

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Unavailable);
}

TEST(HttpClient, RefusesALineBreakInAHeader) {
  auto server = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  HttpClient client;
  HttpRequest request = get(server.url());
  request.headers = {{"X-Name", "a\r\nX-Other: b"}};

  const auto answer = client.fetch(std::move(request));

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::BadRequest);
}

TEST(HttpClient, MoreRequestsThanConnectionsWaitTheirTurn) {
  auto server = answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  HttpClient client(1);
  std::atomic<int> done = 0;
  std::promise<void> all;

  for (int i = 0; i < 20; ++i) {
    client.stream(
        get(server.url()), [](std::string_view) {},
        [&](const Result<HttpAnswer>& answer) {
          EXPECT_TRUE(answer);
          if (++done == 20) all.set_value();
        });
  }
  all.get_future().wait();

  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, EndsWhatRunsWhenItCloses) {
  RawHttpServer server([](RawConnection& connection) {
    connection.read_head();
    connection.wait_for_end();
  });
  std::optional<Result<HttpAnswer>> ended;
  {
    HttpClient client;
    client.stream(
        get(server.url()), [](std::string_view) {},
        [&](Result<HttpAnswer> answer) { ended = std::move(answer); });
  }

  ASSERT_TRUE(ended.has_value());
  ASSERT_FALSE(*ended);
  EXPECT_EQ(ended->error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace suan
