#include <atomic>
#include <csignal>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "catalog/store/usage_table.h"
#include "catalog/types/json.h"
#include "catalog/types/uuid.h"
#include "tests/e2e/live_network.h"
#include "tests/support/private_postgres.h"

namespace suan::testing {
namespace {

using Steady = std::chrono::steady_clock;

/// What the bundled model says after the first golden prompt, from its golden file.
struct Golden {
  std::string prompt;
  std::string text;  // prompt and continuation
};

Golden golden() {
  const Result<Json> file = parse_json(
      read_bytes(std::string(SUAN_SOURCE_DIR) + "/models/stories-moe/golden_greedy.json"),
      {.values = 1'000'000});
  const Json& all = file->is_array() ? *file : file->at("cases");
  return {all[0].at("prompt"), all[0].at("text")};
}

TEST(Network, AnswersAChatThroughEveryModule) {
  LiveNetwork network;
  network.start_agent("north");
  network.deploy(1);
  const Golden wanted = golden();

  const StreamedAnswer answer = network.chat(wanted.prompt, 60);

  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.is_done);
  EXPECT_GT(answer.chunks, 20U) << "token by token, not in one piece";
  EXPECT_EQ(answer.completion_tokens, 60U);
  EXPECT_EQ(answer.site, "north");
  EXPECT_EQ(answer.node, "north-1");
  EXPECT_EQ(wanted.text.substr(wanted.prompt.size(), answer.text.size()), answer.text);

  const HttpAnswer why = network.call("GET", "/api/v1/decisions/" + answer.request_id);
  ASSERT_EQ(why.status, 200) << why.body;
  const Result<Json> decision = parse_json(why.body);
  ASSERT_TRUE(decision);
  EXPECT_EQ(decision->at("chosen").at("node"), "north-1");
  EXPECT_FALSE(decision->at("relied_on").empty());
}

TEST(Network, KeepsServingOnPostgres) {
  if (!PrivatePostgres::is_installed()) GTEST_SKIP() << "PostgreSQL 15 is not installed";
  PrivatePostgres postgres;
  LiveNetwork network(postgres.make_database("suan"));
  network.start_agent("north");
  network.deploy(1);

  EXPECT_TRUE(network.chat("Once upon a time", 20).is_done);
  network.kill_server();
  network.start_server();
  ASSERT_TRUE(network.waits_for_replicas(1, 20s));
  EXPECT_TRUE(network.chat("Once upon a time", 20).is_done);
}

TEST(Network, EndsShownStreamsHonestlyAndAvoidsAKilledAgent) {
  LiveNetwork network;
  network.start_agent("north");
  network.start_agent("south");
  network.deploy(2);

  const StreamedAnswer broken =
      network.chat("Once upon a time", 400, "north", [&](uint32_t chunks) {
        if (chunks == 2) network.agent("north").signal(SIGKILL);
      });
  const auto killed_at = Steady::now();
  ASSERT_EQ(broken.status, 200) << network.server().output();
  ASSERT_FALSE(broken.is_done) << "the stream was over before the kill";
  EXPECT_FALSE(broken.error.empty())
      << "an error event, not a silent end; status " << broken.status << " after "
      << broken.chunks << " pieces";

  // New requests avoid it within 3 s of the kill.
  StreamedAnswer next;
  do {
    next = network.chat("The big red ball", 20);
  } while (!next.is_done && Steady::now() < killed_at + std::chrono::seconds(3));
  EXPECT_TRUE(next.is_done);
  EXPECT_EQ(next.site, "south");

  // With its own key it comes back, and is used again, without a hand.
  network.agent("north").kill();
  network.start_agent("north");
  StreamedAnswer again;
  const auto restarted_at = Steady::now();
  do {
    again = network.chat("Once upon a time", 20, "north");
  } while (!again.is_done && Steady::now() < restarted_at + std::chrono::seconds(30));
  EXPECT_TRUE(again.is_done) << network.agent("north").output();
}

TEST(Network, RetriesOnceElsewhereWhatHadShownNothing) {
  LiveNetwork network;
  network.start_agent("north");
  network.start_agent("south");
  network.deploy(2);

  // A frozen agent takes requests and says nothing; then it dies.
  network.agent("north").signal(SIGSTOP);
  std::vector<std::future<StreamedAnswer>> answers;
  for (int i = 0; i < 12; ++i) {
    answers.push_back(std::async(std::launch::async,
                                 [&network] { return network.chat("Once upon a time", 10); }));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  network.agent("north").signal(SIGKILL);

  for (auto& future : answers) {
    const StreamedAnswer answer = future.get();
    EXPECT_TRUE(answer.is_done) << answer.status << " " << answer.error;
    EXPECT_EQ(answer.site, "south");
  }
}

TEST(Network, SurvivesAKilledControlPlaneWithoutLosingOrDoublingUsage) {
  LiveNetwork network;
  network.start_agent("north");
  network.deploy(1);

  std::vector<std::string> acknowledged;
  for (int round = 0; round < 3; ++round) {
    // Some requests end before the kill, some are cut by it.
    std::atomic<int> done = 0;
    std::vector<std::future<StreamedAnswer>> answers;
    for (int i = 0; i < 6; ++i) {
      answers.push_back(std::async(std::launch::async, [&network, &done, i] {
        StreamedAnswer answer = network.chat("Once upon a time", i % 2 == 0 ? 5 : 300);
        ++done;
        return answer;
      }));
    }
    while (done < 2)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    network.kill_server();
    for (auto& future : answers) {
      const StreamedAnswer answer = future.get();
      if (answer.is_done && !answer.is_broken) acknowledged.push_back(answer.request_id);
    }
    network.start_server();
    ASSERT_TRUE(network.waits_for_replicas(1, 20s)) << network.server().output();
  }
  const StreamedAnswer last = network.chat("Once upon a time", 5);
  EXPECT_TRUE(last.is_done) << last.error;
  network.server().signal(SIGTERM);
  EXPECT_EQ(network.server().wait_for_end(30s), 0);

  const auto database =
      open_database("sqlite:" + (network.folder() / "server" / "suan.db").string());
  UsageTable usage(*database);
  ASSERT_GE(acknowledged.size(), 6U);
  for (const std::string& id : acknowledged) {
    const auto rows = usage.of_request(RequestId(*parse_uuid(id)));
    ASSERT_EQ(rows.size(), 1U) << "request " << id;
    EXPECT_EQ(rows[0].status, "done");
  }
}

TEST(Network, DrainsAnAgentOnSigterm) {
  LiveNetwork network;
  network.start_agent("north");
  network.deploy(1);
  bool is_told = false;

  const StreamedAnswer answer = network.chat("Once upon a time", 200, "", [&](uint32_t chunks) {
    if (chunks == 2 && !std::exchange(is_told, true)) network.agent("north").signal(SIGTERM);
  });

  EXPECT_TRUE(answer.is_done) << "what runs is finished: " << answer.error;
  EXPECT_EQ(network.agent("north").wait_for_end(35s), 0);
}

}  // namespace
}  // namespace suan::testing
