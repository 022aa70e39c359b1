#pragma once

#include <functional>
#include <string>
#include <vector>

#include "node_agent/agent.h"
#include "node_agent/attempts.h"
#include "node_agent/body_joiner.h"
#include "node_agent/farewell.h"
#include "node_agent/gateway_links.h"
#include "node_agent/membership.h"
#include "node_agent/reports.h"

namespace suan::v1 {
class Desired;
class Fence;
class Start;
class Stop;
}  // namespace suan::v1

namespace suan::node_agent {

/// The agent's state machine; split over agent.cpp (its life), agent_orders.cpp (what the
/// scheduler orders), agent_streams.cpp (gateways and attempts), agent_reports.cpp (what is told).
struct Agent::State {
  Loop& loop;
  Channel& control;
  Launcher& launcher;
  AgentConfig config;
  Membership membership;
  GatewayLinks gateways;
  Farewell farewell;
  Reports reports;
  Attempts attempts;
  BodyJoiner joiner;
  OnStatus on_status = [](AgentState, const std::string&) {};
  std::function<void()> drained;
  TimerId drain_timer;
  AgentState terminal = AgentState::Joining;  // Draining, Left or Fenced once it is
  std::vector<WantedReplica> wanted;
  uint64_t start_seq_seen = 0;
  uint64_t start_seq_epoch = 0;
  Counters counters;

  State(Loop& the_loop,
        Channel& the_control,
        GatewayConnector connect,
        Launcher& the_launcher,
        AgentConfig the_config);

  [[nodiscard]] Membership::Handlers membership_handlers();
  [[nodiscard]] BodyJoiner::Handlers joiner_handlers();

  // What the scheduler says.
  void from_scheduler(const v1::Envelope& message);
  void dispatch(const v1::Envelope& message);
  void welcomed(const v1::Welcome& welcome);
  void handle_desired(const v1::Desired& desired);
  void handle_start(const v1::Start& message);
  void handle_stop(const v1::Stop& stop);
  void handle_fence(const v1::Fence& fence);
  [[nodiscard]] Result<void> may_start(const StartOrder& order) const;
  void fence_replicas(const std::vector<ReplicaId>& replicas);

  // What gateways say.
  void from_gateway(const std::string& gateway_id, const v1::Envelope& message);
  void cancel(StreamId stream, const Error& reason);
  void answer_echo(v1::Envelope& message) const;

  // What happens here.
  void joined(StartOrder order, RequestBody body);
  void broken(const BrokenAttempt& attempt);
  void replicas_changed();
  void fill(v1::Register& message) const;
  void fill(v1::Heartbeat& message) const;
  void drain(std::function<void()> done);
  void check_drained();
  void leave();
  [[nodiscard]] AgentState state() const;
};

}  // namespace suan::node_agent
