#include "bench/http_target.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "bench/run.h"

namespace suan::bench {
namespace {

/// Answers each connection's one request with fixed bytes, then closes it.
class CannedServer {
 public:
  explicit CannedServer(std::string answer) : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }

  ~CannedServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

  [[nodiscard]] const std::string& url() const { return url_; }

  [[nodiscard]] const std::string& request() const { return request_; }

 private:
  void serve() {
    for (int peer = accept(listener_, nullptr, nullptr); peer >= 0;
         peer = accept(listener_, nullptr, nullptr)) {
      std::string bytes(16'384, '\0');
      const ssize_t count = recv(peer, bytes.data(), bytes.size(), 0);
      request_ = bytes.substr(0, static_cast<size_t>(std::max<ssize_t>(count, 0)));
      send(peer, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      close(peer);
    }
  }

  std::string answer_;
  std::string url_;
  std::string request_;  // read after the exchange has ended
  int listener_ = -1;
  std::thread thread_;
};

std::string streamed(const std::string& events) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" +
         events;
}

RequestRecord answered(const std::string& url) {
  HttpTarget target({.base_url = url, .api_key = "sk-suan-test"});
  Timeline timeline;
  timeline.model = ModelId("stories-moe");
  timeline.site = SiteId("wuhan");
  timeline.timeout = 5s;
  timeline.measured = {{.number = 1, .output_tokens = 3, .prompt = "Once upon a time"}};
  const RunResult run = play(
      target, timeline, {.deadline_ns = target.now_ns() + 10'000'000'000}, [] { return false; },
      [](uint32_t, uint32_t) {});
  return run.requests.front();
}

TEST(HttpTarget, ReadsTheStreamAndTheEnginesCounts) {
  CannedServer server(
      streamed("data: {\"choices\":[{\"text\":\"\"}]}\n\n"
               "data: {\"choices\":[{\"text\":\" there\"}]}\n\n"
               "data: {\"choices\":[{\"text\":\" was\"}]}\n\n"
               "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":6,\"completion_tokens\":3,"
               "\"prompt_tokens_details\":{\"cached_tokens\":2}}}\n\n"
               "data: [DONE]\n\n"));

  const RequestRecord record = answered(server.url());

  EXPECT_EQ(record.status, "ok") << record.error;
  EXPECT_EQ(record.chunks_ns.size(), 2U);  // the empty text is no token
  EXPECT_EQ(record.usage, (Usage{6, 3, 2}));
  EXPECT_TRUE(record.ttft_ms());
  EXPECT_NE(server.request().find("X-Suan-Site: wuhan"), std::string::npos);
  EXPECT_NE(server.request().find("Authorization: Bearer sk-suan-test"), std::string::npos);
  EXPECT_NE(server.request().find(R"("ignore_eos":true)"), std::string::npos);
}

TEST(HttpTarget, CallsAStreamWithoutItsEndMarkCut) {
  CannedServer server(streamed("data: {\"choices\":[{\"text\":\"a\"}]}\n\n"));

  EXPECT_EQ(answered(server.url()).status, "cut");
}

TEST(HttpTarget, TellsAnErrorInsideTheStream) {
  CannedServer server(
      streamed("data: {\"choices\":[{\"text\":\"a\"}]}\n\ndata: {\"error\":{\"message\":\"node "
               "lost\"}}\n\n"
               "data: [DONE]\n\n"));

  const RequestRecord record = answered(server.url());

  EXPECT_EQ(record.status, "error");
  EXPECT_NE(record.error.find("node lost"), std::string::npos);
}

TEST(HttpTarget, CallsARefusalForLoadShedAndOthersErrors) {
  CannedServer busy("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(answered(busy.url()).status, "shed");

  CannedServer wrong("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(answered(wrong.url()).status, "error");
}

TEST(HttpTarget, FailsTheRequestWhenNobodyListens) {
  EXPECT_EQ(answered("http://127.0.0.1:1").status, "error");
  EXPECT_THROW(HttpTarget({.base_url = "not a url"}), std::invalid_argument);
}

}  // namespace
}  // namespace suan::bench
