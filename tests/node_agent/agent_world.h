#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalog/wire/convert.h"
#include "node_agent/agent.h"
#include "tests/support/manual_loop.h"
#include "tests/support/scripted_channel.h"

namespace suan::node_agent {

inline const ReplicaId kReplica{11};
constexpr uint64_t kLease = 3;

/// `Runner` whose events the test gives.
class ScriptedRunner final : public Runner {
 public:
  void submit(Work work) override { submitted.push_back(std::move(work)); }

  void cancel(StreamId stream) override { cancelled.push_back(stream); }

  [[nodiscard]] ReplicaCapacity capacity() const override { return {.slots = 8}; }

  [[nodiscard]] ReplicaLoad load() const override { return {}; }

  void on_event(OnEvent handler) override { handler_ = std::move(handler); }

  void emit(uint64_t stream, RunnerEvent event) const {
    handler_(StreamId(stream), std::move(event));
  }

  std::vector<Work> submitted;
  std::vector<StreamId> cancelled;

 private:
  OnEvent handler_;
};

/// `Launcher` that keeps what was wanted; the test says what is there.
class ScriptedLauncher final : public Launcher {
 public:
  void want(std::vector<WantedReplica> replicas) override { wanted.push_back(replicas); }

  [[nodiscard]] const std::vector<LaunchedReplica>& replicas() const override {
    return launched;
  }

  [[nodiscard]] std::vector<DepotModel> depot() const override { return {}; }

  void on_change(std::function<void()> handler) override { changed = std::move(handler); }

  void add(ReplicaId replica, Runner& runner, ReplicaState state = ReplicaState::Ready) {
    LaunchedReplica one;
    one.replica = replica;
    one.lease_epoch = kLease;
    one.model = ModelId("tiny");
    one.state = state;
    one.runner = &runner;
    launched.push_back(one);
    if (changed) changed();
  }

  std::vector<std::vector<WantedReplica>> wanted;
  std::vector<LaunchedReplica> launched;
  std::function<void()> changed;
};

/// An agent whose scheduler and gateway are the test.
struct AgentWorld {
  using Kind = v1::Envelope::BodyCase;

  explicit AgentWorld(AgentConfig config = {}) {
    config.boot_id = "boot-1";
    launcher.add(kReplica, runner);
    agent = std::make_unique<Agent>(
        loop, control,
        [this](const GatewayEndpoint& where) {
          auto channel = std::make_unique<ScriptedChannel>();
          gateways[where.gateway_id] = channel.get();
          return channel;
        },
        launcher, config);
    agent->on_status([this](AgentState, const std::string& text) { said.push_back(text); });
  }

  /// As the scheduler: `epoch` of its own, `node_epoch` 0 means the agent's.
  void tell(v1::Envelope message) {
    message.set_schema(kWireSchema);
    if (message.scheduler_epoch() == 0) message.set_scheduler_epoch(scheduler_epoch);
    if (message.node_epoch() == 0) message.set_node_epoch(node_epoch);
    if (message.seq() == 0) message.set_seq(++seq);
    control.receive(Peer("scheduler"), message);
  }

  void welcome(uint64_t epoch = 1) {
    node_epoch = epoch;
    v1::Envelope message;
    message.mutable_welcome()->set_node_epoch(epoch);
    message.mutable_welcome()->set_heartbeat_every_us(1'000'000);
    message.mutable_welcome()->add_gateways()->set_gateway_id("main");
    tell(message);
  }

  /// Answers the newest heartbeat.
  void ack() {
    v1::Envelope message;
    message.mutable_ack()->set_beat(control.all(Kind::kHeartbeat).back().heartbeat().beat());
    tell(message);
  }

  /// Lets time pass, as with a scheduler that answers each beat.
  void live(Duration time) {
    for (Duration passed{}; passed < time; passed += 250ms) {
      loop.advance(250ms);
      ack();
    }
  }

  static v1::Envelope start_message(uint64_t stream, uint64_t lease = kLease) {
    RequestFacts facts;
    facts.request = RequestId(Uuid{7, stream});
    facts.account = AccountId("alice");
    facts.model = ModelId("tiny");
    facts.tokens_max = 100;
    facts.deadline = 60s;
    v1::Envelope message;
    v1::Start& start = *message.mutable_start();
    write(facts, *start.mutable_facts());
    start.set_stream_id(stream);
    start.set_replica_id(kReplica.value());
    start.set_lease_epoch(lease);
    start.set_start_seq(stream);
    start.set_gateway_id("main");
    return message;
  }

  void start(uint64_t stream) { tell(start_message(stream)); }

  /// As the gateway.
  void gateway_tells(const v1::Envelope& message) {
    gateway().receive(Peer("gateway:main"), message);
  }

  /// Answers the questions that the agent has asked: all before them has been read.
  void gateway_answers_echoes() {
    for (const auto& one : gateway().all(Kind::kEcho)) {
      v1::Envelope answer = one;
      answer.mutable_echo()->set_t1_us(1);
      answer.mutable_echo()->set_t2_us(1);
      answer.set_seq(++gateway_seq);
      gateway_tells(answer);
    }
  }

  void body_part(uint64_t stream, uint32_t total, uint32_t offset, const std::string& part) {
    v1::Envelope message;
    v1::Body& body = *message.mutable_body_part();
    body.set_stream_id(stream);
    body.set_total_bytes(total);
    body.set_offset(offset);
    body.set_part(part);
    gateway_tells(message);
  }

  void body(uint64_t stream, const std::string& text = "{}") {
    body_part(stream, static_cast<uint32_t>(text.size()), 0, text);
  }

  void run_stream(uint64_t stream) {
    start(stream);
    body(stream);
  }

  [[nodiscard]] ScriptedChannel& gateway() { return *gateways.at("main"); }

  [[nodiscard]] std::vector<v1::Finished> finished() const {
    std::vector<v1::Finished> all;
    for (const auto& one : control.all(Kind::kFinished))
      all.push_back(one.finished());
    return all;
  }

  [[nodiscard]] std::vector<v1::Failed> failed() {
    std::vector<v1::Failed> all;
    for (const auto& one : gateway().all(Kind::kFailed))
      all.push_back(one.failed());
    return all;
  }

  [[nodiscard]] size_t registers() const { return control.all(Kind::kRegistration).size(); }

  ManualLoop loop;
  ScriptedChannel control;
  std::map<std::string, ScriptedChannel*> gateways;  // owned by the agent
  ScriptedRunner runner;
  ScriptedLauncher launcher;
  std::vector<std::string> said;
  uint64_t scheduler_epoch = 5;
  uint64_t node_epoch = 0;
  uint64_t seq = 0;
  uint64_t gateway_seq = 0;
  std::unique_ptr<Agent> agent;
};

}  // namespace suan::node_agent
