#include "node_agent/role.h"

#include <atomic>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/wire/ticket.h"
#include "node_agent/identity.h"
#include "tests/node_agent/engine_world.h"
#include "tests/support/zmq_world.h"

namespace suan::node_agent {
namespace {

/// A control plane of one test: answers as the scheduler, and is the gateway.
struct FakeNetwork {
  test::ZmqWorld world;
  std::unique_ptr<ZmqChannel> control = world.listen();
  std::unique_ptr<ZmqChannel> tokens = world.listen();
  CurveKeyPair ticket_keys = world.admit("ticket:t1");
  bool approves = true;
  std::vector<v1::Envelope> told;    // by the agent to the scheduler
  std::vector<v1::Envelope> spoken;  // by the agent to the gateway
  uint64_t epoch = 0;
  uint64_t seq = 0;

  FakeNetwork() {
    control->on_message([this](const Peer& from, const v1::Envelope& message) {
      told.push_back(message);
      answer(from, message);
    });
    tokens->on_message(
        [this](const Peer&, const v1::Envelope& message) { spoken.push_back(message); });
  }

  void answer(const Peer& from, const v1::Envelope& message) {
    v1::Envelope reply;
    if (message.has_enrol()) {
      const std::string node = message.enrol().node_id();
      if (approves) world.known_keys[message.enrol().curve_public_z85()] = Peer("node:" + node);
      reply.mutable_enrolled()->set_node_id(node);
      reply.mutable_enrolled()->set_site_id("gz");
      reply.mutable_enrolled()->set_is_approved(approves);
      reply.mutable_enrolled()->set_fingerprint("00");
    } else if (message.has_registration()) {
      v1::Welcome& welcome = *reply.mutable_welcome();
      welcome.set_node_epoch(++epoch);
      v1::GatewayAddress& gateway = *welcome.add_gateways();
      gateway.set_gateway_id("main");
      const auto address = parse_host_port(tokens->endpoint());
      gateway.set_endpoint("tcp://:" + std::to_string(address->port));
    } else if (message.has_heartbeat()) {
      reply.mutable_ack()->set_beat(message.heartbeat().beat());
    } else {
      return;
    }
    send(*control, from, reply);
  }

  void send(Channel& channel, const Peer& to, v1::Envelope& message) {
    message.set_schema(kWireSchema);
    message.set_scheduler_epoch(1);
    message.set_node_epoch(epoch);
    message.set_seq(++seq);
    channel.send(to, message);
  }

  [[nodiscard]] std::string ticket() const {
    return format_ticket({control->endpoint().substr(6), world.server_keys.public_z85,
                          ticket_keys.secret_z85, SiteId("gz"), world.loop.wall_now() + 1h});
  }

  [[nodiscard]] size_t count(v1::Envelope::BodyCase kind) const {
    return static_cast<size_t>(std::ranges::count_if(
        told, [&](const v1::Envelope& one) { return one.body_case() == kind; }));
  }

  [[nodiscard]] std::string replica_state() const {
    if (told.empty() || !told.back().has_heartbeat()) return "";
    const v1::Heartbeat& beat = told.back().heartbeat();
    return beat.replicas_size() == 0 ? "" : beat.replicas(0).state();
  }
};

class Role : public ::testing::Test {
 protected:
  void SetUp() override {
    data_ = std::filesystem::temp_directory_path() / ("suan-role-" + std::to_string(getpid()));
    std::filesystem::remove_all(data_);
  }

  void TearDown() override {
    if (role_) role_->stop();
    thread_ = {};
    std::filesystem::remove_all(data_);
  }

  void run(const std::string& ticket) {
    AgentOptions options;
    options.data = data_;
    options.ticket = ticket;
    options.node = "n1";
    options.models = {bundled_model_path(), data_ / "no-such-model"};
    options.threads = 1;
    options.max_batch = 2;
    is_over_ = false;
    role_ = std::make_unique<AgentRole>(std::move(options));
    thread_ = std::jthread([this] {
      result_ = role_->run();
      is_over_ = true;
    });
  }

  bool run_until(const std::function<bool()>& is_done) {
    return network_.world.run_until(is_done, 60s);
  }

  FakeNetwork network_;
  std::filesystem::path data_;
  std::unique_ptr<AgentRole> role_;
  std::atomic<bool> is_over_ = false;
  Result<void> result_;
  std::jthread thread_;
};

TEST_F(Role, JoinsByTicketServesDrainsAndComesBackByItsKey) {
  using Kind = v1::Envelope::BodyCase;
  run(network_.ticket());
  ASSERT_TRUE(run_until([&] { return network_.count(Kind::kHeartbeat) > 0; }));
  const auto found = std::ranges::find_if(
      network_.told, [](const v1::Envelope& one) { return one.has_registration(); });
  const v1::Register& registered = found->registration();
  EXPECT_EQ(registered.depot_size(), 1);
  EXPECT_EQ(registered.depot(0).model_id(), "stories-moe");
  EXPECT_GT(registered.memory_read_gb_s(), 0);
  EXPECT_FALSE(registered.hardware().warnings().empty());  // of the absent model

  const Peer node("node:n1");
  v1::Envelope desired;
  v1::WantedReplica& wanted = *desired.mutable_desired()->add_replicas();
  wanted.set_replica_id(5);
  wanted.set_lease_epoch(1);
  wanted.set_model_id("stories-moe");
  network_.send(*network_.control, node, desired);
  ASSERT_TRUE(run_until([&] { return network_.replica_state() == "ready"; }));

  RequestFacts facts;
  facts.request = RequestId(Uuid{1, 1});
  facts.account = AccountId("alice");
  facts.model = ModelId("stories-moe");
  facts.tokens_max = 8;
  facts.deadline = 30s;
  v1::Envelope start;
  write(facts, *start.mutable_start()->mutable_facts());
  start.mutable_start()->set_stream_id(77);
  start.mutable_start()->set_replica_id(5);
  start.mutable_start()->set_lease_epoch(1);
  start.mutable_start()->set_gateway_id("main");
  network_.send(*network_.control, node, start);
  v1::Envelope body;
  const std::string text =
      R"({"messages":[{"role":"user","content":"Once upon a time"}],"temperature":0})";
  body.mutable_body_part()->set_stream_id(77);
  body.mutable_body_part()->set_total_bytes(static_cast<uint32_t>(text.size()));
  body.mutable_body_part()->set_part(text);
  network_.send(*network_.tokens, node, body);
  ASSERT_TRUE(
      run_until([&] { return !network_.spoken.empty() && network_.spoken.back().has_done(); }));
  std::string story;
  for (const v1::Envelope& one : network_.spoken) {
    for (const v1::Piece& piece : one.tokens().pieces())
      story += piece.text();
  }
  EXPECT_EQ(story.rfind(", there was", 0), 0U) << story;

  role_->request_drain();
  ASSERT_TRUE(run_until([&] { return is_over_.load(); }));
  EXPECT_TRUE(result_) << result_.error();
  EXPECT_EQ(network_.count(Kind::kLeave), 1U);

  // Without a ticket: its own key is known now.
  network_.world.known_keys.erase(network_.ticket_keys.public_z85);
  thread_.join();
  run("");
  ASSERT_TRUE(run_until([&] { return network_.count(Kind::kRegistration) >= 2; }));
}

TEST_F(Role, ARefusedTicketIsOneClearSentence) {
  network_.control->on_message([this](const Peer& from, const v1::Envelope&) {
    v1::Envelope reply;
    reply.mutable_refused()->set_code("forbidden");
    reply.mutable_refused()->set_message("the ticket was used by another node");
    network_.send(*network_.control, from, reply);
  });

  run(network_.ticket());

  ASSERT_TRUE(run_until([&] { return is_over_.load(); }));
  ASSERT_FALSE(result_);
  EXPECT_EQ(result_.error().code, ErrorCode::Forbidden);
  EXPECT_NE(result_.error().message.find("used by another node"), std::string::npos);
}

TEST_F(Role, NeedsATicketForTheFirstJoin) {
  run("");
  thread_.join();
  ASSERT_FALSE(result_);
  EXPECT_NE(result_.error().message.find("--ticket"), std::string::npos);
}

TEST_F(Role, AnExpiredOrDamagedTicketIsRefusedHere) {
  std::string ticket = network_.ticket();
  ticket[20] = ticket[20] == 'a' ? 'b' : 'a';
  run(ticket);
  thread_.join();
  ASSERT_FALSE(result_);

  run(format_ticket({"127.0.0.1:1", network_.world.server_keys.public_z85,
                     network_.ticket_keys.secret_z85, SiteId("gz"),
                     network_.world.loop.wall_now() - 1h}));
  thread_.join();
  ASSERT_FALSE(result_);
  EXPECT_NE(result_.error().message.find("expired"), std::string::npos);
}

TEST_F(Role, MayBeStoppedWhileItWaitsForApproval) {
  network_.approves = false;
  run(network_.ticket());
  ASSERT_TRUE(run_until([&] { return network_.count(v1::Envelope::kEnrol) > 0; }));

  role_->request_drain();

  ASSERT_TRUE(run_until([&] { return is_over_.load(); }));
  EXPECT_TRUE(result_);
}

}  // namespace
}  // namespace suan::node_agent
