#include <algorithm>
#include <chrono>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "tests/abuse/abuse_world.h"

// Clients that take their time, or more than their share.

namespace suan::web_api {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test::count_answers;
using test::HttpWorld;
using test::RawClient;
using test::status_of;

uint64_t resident_bytes() {
  uint64_t total = 0;
  uint64_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

class ResourcesTest : public testing::Test {
 protected:
  [[nodiscard]] std::string post_head(size_t length) const {
    return world_.head("POST", "/v1/completions") + "Authorization: Bearer " + world_.lab_key +
           "\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
  }

  HttpWorld world_{test::small_limits(), test::add_all_routes};
};

TEST_F(ResourcesTest, H7_ASlowHeaderHasOneDeadlineThatNoByteRenews) {
  RawClient client = world_.connect();
  const auto began = steady_clock::now();
  std::string answer;
  for (const char c : std::string("GET /health HTTP/1.1\r\nHost: localhost\r\n")) {
    if (!client.send(std::string(1, c))) break;
    answer += client.read_until("}}", milliseconds(40));
    if (!answer.empty()) break;
  }
  const auto took = steady_clock::now() - began;

  EXPECT_EQ(status_of(answer), 408) << answer;
  EXPECT_GE(took, milliseconds(250));
  EXPECT_LT(took, milliseconds(900));
}

TEST_F(ResourcesTest, H7_ASlowBodyIsA408) {
  RawClient client = world_.connect();
  client.send(post_head(100) + "{");
  const auto began = steady_clock::now();

  const std::string answer = client.read_all(std::chrono::seconds(5));

  EXPECT_EQ(status_of(answer), 408);
  EXPECT_TRUE(client.was_closed());
  EXPECT_LT(steady_clock::now() - began, std::chrono::seconds(4));
}

TEST_F(ResourcesTest, H7_AnIdleConnectionIsClosedWithoutAWord) {
  RawClient fresh = world_.connect();
  RawClient used = world_.connect();
  used.send(world_.head("GET", "/health") + "\r\n");
  ASSERT_EQ(status_of(used.read_answer()), 200);

  EXPECT_EQ(fresh.read_all(std::chrono::seconds(2)), "");
  EXPECT_TRUE(fresh.was_closed());
  EXPECT_EQ(used.read_all(std::chrono::seconds(2)), "");
  EXPECT_TRUE(used.was_closed());
}

TEST_F(ResourcesTest, H10_ServesSixteenPipelinedRequestsAndThenCloses) {
  RawClient client = world_.connect();
  std::string many;
  for (int i = 0; i < 60; ++i)
    many += world_.head("GET", "/health") + "\r\n";
  client.send(many);

  const std::string answers = client.read_all(std::chrono::seconds(4));

  EXPECT_GE(count_answers(answers), 10U);
  EXPECT_LE(count_answers(answers), 17U);
  EXPECT_TRUE(client.was_closed());
}

TEST_F(ResourcesTest, H10_PipelinedAnswersKeepTheirOrder) {
  RawClient client = world_.connect();
  client.send(world_.head("GET", "/health") + "\r\n" + world_.head("GET", "/nothing") + "\r\n" +
              world_.head("GET", "/v1/models") + "\r\n");

  EXPECT_EQ(status_of(client.read_answer()), 200);
  EXPECT_EQ(status_of(client.read_answer()), 404);
  EXPECT_EQ(status_of(client.read_answer()), 401);
}

TEST(Connections, H7_AStalledWriteIsCut) {
  HttpWorld world(test::small_limits(), [](Router& router, HttpWorld&) {
    router.add({"GET", "/huge", Access::Open, "more than any socket buffers",
                [](const Request&, const std::shared_ptr<Reply>& reply) {
                  reply->send(
                      {.status = 200, .headers = {}, .body = std::string(64U << 20U, 'x')});
                }});
  });
  const auto open = [&] {
    const std::string text = world.metrics().text({});
    return text.find("suan_http_connections 1\n") != std::string::npos;
  };
  RawClient client = world.connect(1024);
  client.send(world.head("GET", "/huge") + "\r\n");
  ASSERT_TRUE(HttpWorld::wait_for(open));

  EXPECT_TRUE(HttpWorld::wait_for([&] { return !open(); }, 3s)) << "nobody reads, nobody cuts";
}

TEST(Connections, H10_TheOneTooManyIsClosedAndRoomComesBack) {
  HttpOptions options;
  options.limits.connections = 3;
  HttpWorld world(options, test::add_all_routes);
  std::vector<RawClient> open;
  for (int i = 0; i < 3; ++i) {
    open.push_back(world.connect());
    open.back().send(world.head("GET", "/health") + "\r\n");
    ASSERT_EQ(status_of(open.back().read_answer()), 200);
  }

  RawClient refused = world.connect();
  refused.send(world.head("GET", "/health") + "\r\n");
  EXPECT_EQ(refused.read_all(std::chrono::seconds(2)), "");
  EXPECT_TRUE(refused.was_closed());

  open.pop_back();
  EXPECT_TRUE(HttpWorld::wait_for(
      [&] { return status_of(world.ask_as("", "GET", "/health")) == 200; }));
}

TEST(Connections, H10_IdleOnesCostLittleAndSlowNobodyDown) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 8192);
  setrlimit(RLIMIT_NOFILE, &limit);
  const size_t count = std::min<size_t>(2000, limit.rlim_cur / 4);
  HttpWorld world({}, test::add_all_routes);
  ASSERT_EQ(status_of(world.ask_as("", "GET", "/health")), 200);
  const uint64_t before = resident_bytes();

  std::vector<RawClient> idle;
  for (size_t i = 0; i < count; ++i) {
    idle.push_back(world.connect());
    idle.back().send(world.head("GET", "/health") + "\r\n");
    ASSERT_EQ(status_of(idle.back().read_answer()), 200);
  }
  const uint64_t bytes_each = (std::max(resident_bytes(), before) - before) / count;
  std::vector<double> times_ms;
  for (int i = 0; i < 200; ++i) {
    const auto began = steady_clock::now();
    ASSERT_EQ(status_of(world.ask_as("", "GET", "/health")), 200);
    times_ms.push_back(
        std::chrono::duration<double, std::milli>(steady_clock::now() - began).count());
  }
  std::sort(times_ms.begin(), times_ms.end());

  // 200 MB for 10,000, clients of this process included.
  EXPECT_LE(bytes_each, 20'000U);
  EXPECT_LT(times_ms[197], 50.0);
  RecordProperty("bytes_per_idle_connection", static_cast<int>(bytes_each));
}

TEST(Memory, H1_AHugeRequestLineCostsLittle) {
  HttpWorld world({}, test::add_all_routes);
  ASSERT_EQ(status_of(world.ask_as("", "GET", "/health")), 200);
  const std::string line = "GET /" + std::string(8U << 20U, 'a');
  const uint64_t before = resident_bytes();

  RawClient client = world.connect();
  client.send(line);
  const std::string answer = client.read_until("\r\n\r\n");

  EXPECT_EQ(status_of(answer), 431);
  EXPECT_LT(std::max(resident_bytes(), before) - before, 64U << 20U);
}

TEST(Memory, H11_NearTheLimitItRefusesFastAndSaysWhenToComeBack) {
  HttpOptions options;
  options.limits.memory_bytes = 1U << 20U;  // this process has more already
  HttpWorld world(options, test::add_all_routes);
  const auto began = steady_clock::now();

  const std::string answer = world.ask("GET", "/v1/models");

  EXPECT_EQ(status_of(answer), 503);
  EXPECT_NE(answer.find("Retry-After: "), std::string::npos);
  EXPECT_LT(steady_clock::now() - began, milliseconds(50));
}

}  // namespace
}  // namespace suan::web_api
