#include <arpa/inet.h>
#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "catalog/types/json.h"
#include "catalog/wire/keys.h"
#include "tests/e2e/live_network.h"

namespace suan::testing {
namespace {

/// One network for all: every refusal must leave it as it was.
class Refusals : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    network = std::make_unique<LiveNetwork>();
    network->start_agent("north");
    network->deploy(1);
  }

  static void TearDownTestSuite() { network.reset(); }

  void TearDown() override {
    EXPECT_TRUE(network->chat("Once upon a time", 5).is_done) << "the network was hurt";
  }

  static std::unique_ptr<LiveNetwork> network;
};

std::unique_ptr<LiveNetwork> Refusals::network;

TEST_F(Refusals, A1_AWrongKeyIs401InOpenAisShape) {
  const HttpAnswer answer = network->call("GET", "/v1/models", "", "sk-suan-wrong");

  EXPECT_EQ(answer.status, 401);
  const Result<Json> json = parse_json(answer.body);
  ASSERT_TRUE(json);
  EXPECT_TRUE(json->at("error").at("message").is_string());
}

TEST_F(Refusals, J1_JsonAHundredThousandLevelsDeepIs400) {
  const std::string deep(100'000, '[');

  EXPECT_EQ(network->call("POST", "/v1/chat/completions", deep).status, 400);
  EXPECT_EQ(network->call("POST", "/api/v1/tickets", deep).status, 400);
}

TEST_F(Refusals, UnknownModelsAndImpossibleWishesAreNamed) {
  const HttpAnswer model =
      network->call("POST", "/v1/chat/completions",
                    R"({"model":"gpt-9","messages":[{"role":"user","content":"x"}]})");
  EXPECT_EQ(model.status, 404);

  const HttpAnswer wish = network->call(
      "POST", "/v1/chat/completions",
      R"({"model":"stories-moe","messages":[{"role":"user","content":"x"}],"suan":{"sites":["mars"]}})");
  EXPECT_EQ(wish.status, 422) << wish.body;
  EXPECT_NE(wish.body.find("`sites` excludes north"), std::string::npos) << wish.body;
}

TEST_F(Refusals, Z8_AReplayedTicketLetsNobodyElseIn) {
  const std::string ticket = network->make_ticket("north");
  const auto start = [&](const std::string& name) {
    return std::make_unique<Process>(
        std::vector<std::string>{SUAN_BINARY, "agent", "--ticket", ticket, "--data",
                                 network->folder() / name, "--node", name},
        network->folder() / (name + ".log"));
  };
  const auto first = start("first");
  ASSERT_TRUE(first->says("registered", 30s)) << first->output();

  const auto second = start("second");

  EXPECT_EQ(second->wait_for_end(30s), 3) << second->output();
  EXPECT_NE(second->output().find("suan: "), std::string::npos) << "one clear sentence";
  const std::string nodes = network->call("GET", "/api/v1/nodes").body;
  EXPECT_NE(nodes.find("\"first\""), std::string::npos);
  EXPECT_EQ(nodes.find("\"second\""), std::string::npos);
  (void)network->call("DELETE", "/api/v1/nodes/first");
}

TEST_F(Refusals, Z1_MalformedBytesOnTheAgentsPortsHurtNobody) {
  const std::string& address = network->agents_address();
  const int port = std::stoi(address.substr(address.rfind(':') + 1));
  for (int i = 0; i < 20; ++i) {
    const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    ASSERT_EQ(connect(connection, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    const std::string noise =
        i % 2 == 0 ? std::string(4000, '\xff') : "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    (void)send(connection, noise.data(), noise.size(), MSG_NOSIGNAL);
    close(connection);
  }
}

TEST_F(Refusals, M8_ATruncatedModelFileIsOneSentenceAndTheAgentGoesOn) {
  const std::filesystem::path model = network->folder() / "broken";
  std::filesystem::copy(std::filesystem::path(SUAN_SOURCE_DIR) / "models/stories-moe", model,
                        std::filesystem::copy_options::recursive);
  std::filesystem::permissions(model / "model.safetensors", std::filesystem::perms::owner_all);
  std::filesystem::resize_file(model / "model.safetensors", 100'000);
  Process agent({SUAN_BINARY, "agent", "--ticket", network->make_ticket("east"), "--data",
                 network->folder() / "east", "--node", "east-1", "--model", model},
                network->folder() / "east.log");

  EXPECT_TRUE(agent.says("registered", 30s)) << agent.output();
  EXPECT_NE(agent.output().find("model.safetensors"), std::string::npos) << agent.output();
  (void)network->call("DELETE", "/api/v1/nodes/east-1");
}

TEST_F(Refusals, ATakenPortIsOneSentenceAndExit1) {
  Process second({SUAN_BINARY, "server", "--data", network->folder() / "other", "--listen",
                  network->url().substr(7), "--agents-listen", "127.0.0.1:0"},
                 network->folder() / "other.log");

  EXPECT_EQ(second.wait_for_end(20s), 1);
  EXPECT_NE(second.output().find("suan: "), std::string::npos) << second.output();
}

}  // namespace
}  // namespace suan::testing
