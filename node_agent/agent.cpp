#include "node_agent/agent.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "catalog/types/text.h"
#include "catalog/wire/convert.h"
#include "node_agent/agent_state.h"

namespace suan::node_agent {

namespace {

constexpr Duration kLeaveTime = 100ms;  // for Leave to go out

Error gone(std::string message) {
  return {ErrorCode::ReplicaGone, std::move(message), {}};
}

}  // namespace

std::string_view to_string(AgentState state) {
  switch (state) {
    case AgentState::Joining:
      return "joining";
    case AgentState::Registered:
      return "registered";
    case AgentState::Draining:
      return "draining";
    case AgentState::Left:
      return "left";
    case AgentState::Fenced:
      return "fenced";
  }
  return "unknown";
}

Agent::State::State(Loop& the_loop,
                    Channel& the_control,
                    GatewayConnector connect,
                    Launcher& the_launcher,
                    AgentConfig the_config)
    : loop(the_loop),
      control(the_control),
      launcher(the_launcher),
      config(std::move(the_config)),
      membership(loop, control, config, membership_handlers()),
      gateways(loop,
               std::move(connect),
               config,
               [this](const std::string& id, const v1::Envelope& m) { from_gateway(id, m); }),
      farewell(loop, gateways),
      reports(loop, config, [this](v1::Envelope& m) { return membership.send(m); }),
      attempts(loop, config, gateways, reports, launcher),
      joiner(loop, config, joiner_handlers()) {
  control.on_message([this](const Peer&, const v1::Envelope& m) { from_scheduler(m); });
  launcher.on_change([this] { replicas_changed(); });
  attempts.on_end([this] { check_drained(); });
}

Membership::Handlers Agent::State::membership_handlers() {
  Membership::Handlers handlers;
  handlers.fill_register = [this](v1::Register& message) { fill(message); };
  handlers.fill_heartbeat = [this](v1::Heartbeat& message) { fill(message); };
  handlers.welcomed = [this](const v1::Welcome& welcome) { welcomed(welcome); };
  handlers.status = [this](AgentState at, const std::string& text) { on_status(at, text); };
  handlers.abandoned = [this] {
    wanted.clear();
    launcher.want({});
    on_status(AgentState::Joining, "no lease for too long: models are unloaded");
  };
  return handlers;
}

BodyJoiner::Handlers Agent::State::joiner_handlers() {
  BodyJoiner::Handlers handlers;
  handlers.joined = [this](StartOrder order, RequestBody body) {
    joined(std::move(order), std::move(body));
  };
  handlers.broken = [this](const BrokenAttempt& attempt) { broken(attempt); };
  handlers.grant = [this](const std::string& gateway_id, StreamId stream, uint32_t bytes) {
    v1::Envelope message;
    message.mutable_credit()->set_stream_id(stream.value());
    message.mutable_credit()->set_bytes(bytes);
    gateways.send(gateway_id, message);
  };
  return handlers;
}

void Agent::State::from_scheduler(const v1::Envelope& message) {
  if (terminal == AgentState::Fenced || terminal == AgentState::Left) return;
  if (!membership.accepts(message)) {
    ++counters.stale_dropped;
    return;
  }
  dispatch(message);
}

void Agent::State::dispatch(const v1::Envelope& message) {
  switch (message.body_case()) {
    case v1::Envelope::kWelcome:
      return membership.handle_welcome(message);
    case v1::Envelope::kRefused:
      return membership.handle_refused(message.refused().code(), message.refused().message());
    case v1::Envelope::kAck:
      membership.handle_ack(message.ack().beat());
      return reports.retry();
    case v1::Envelope::kDesired:
      return handle_desired(message.desired());
    case v1::Envelope::kStart:
      return handle_start(message.start());
    case v1::Envelope::kStop:
      return handle_stop(message.stop());
    case v1::Envelope::kFence:
      return handle_fence(message.fence());
    case v1::Envelope::kEcho: {
      v1::Envelope answer = message;
      answer_echo(answer);
      if (answer.echo().t1_us() != message.echo().t1_us()) membership.send(answer);
      return;
    }
    default:
      ++counters.unknown_kinds;
  }
}

void Agent::State::welcomed(const v1::Welcome& welcome) {
  std::vector<GatewayEndpoint> named;
  for (const v1::GatewayAddress& address : welcome.gateways()) {
    if (!is_valid_name(address.gateway_id())) {
      ++counters.malformed;
      continue;
    }
    named.push_back({address.gateway_id(), address.endpoint(), address.server_public_z85()});
  }
  gateways.set(named, membership.scheduler_epoch(), membership.node_epoch());
  std::vector<ReplicaId> fenced;
  for (const uint64_t id : welcome.fenced_replica_ids())
    fenced.emplace_back(id);
  if (!fenced.empty()) fence_replicas(fenced);
  counters.registrations = membership.registrations();
  on_status(state(),
            fmt::format("registered as node {} of site {}", printable(welcome.node_id(), 64),
                        printable(welcome.site_id(), 64)));
}

void Agent::State::replicas_changed() {
  for (const LaunchedReplica& launched : launcher.replicas()) {
    if (launched.runner == nullptr) continue;
    launched.runner->on_event([this](StreamId stream, RunnerEvent event) {
      attempts.handle(stream, std::move(event));
    });
  }
  membership.beat();
}

void Agent::State::drain(std::function<void()> done) {
  if (drained) return;
  drained = std::move(done);
  if (terminal == AgentState::Fenced) return leave();
  terminal = AgentState::Draining;
  on_status(AgentState::Draining, fmt::format("draining: {} attempts run", attempts.size()));
  membership.beat();
  drain_timer = loop.after(config.drain_max, [this] {
    const Error reason = gone("the node shuts down");
    for (const StartOrder& order : joiner.starts())
      cancel(order.stream, reason);
    attempts.cancel_all(reason);
    // Runners answer cancellations within a step; then `check_drained` leaves.
    drain_timer = loop.after(1s, [this] { leave(); });
  });
  check_drained();
}

void Agent::State::check_drained() {
  if (terminal != AgentState::Draining || attempts.size() > 0) return;
  if (!joiner.starts().empty()) return;
  // After the messages of the attempt that has just ended.
  loop.cancel(drain_timer);
  drain_timer =
      loop.after(0us, [this] { farewell.say(config.farewell_max, [this] { leave(); }); });
}

void Agent::State::leave() {
  if (terminal == AgentState::Left) return;
  if (membership.is_registered()) {
    v1::Envelope message;
    message.mutable_leave();
    membership.send(message);
  }
  membership.stop();
  terminal = AgentState::Left;
  on_status(AgentState::Left, "left the network");
  loop.cancel(drain_timer);
  drain_timer = loop.after(kLeaveTime, [this] { drained(); });
}

AgentState Agent::State::state() const {
  if (terminal != AgentState::Joining) return terminal;
  return membership.is_registered() ? AgentState::Registered : AgentState::Joining;
}

Agent::Agent(Loop& loop,
             Channel& control,
             GatewayConnector connect,
             Launcher& launcher,
             AgentConfig config)
    : state_(std::make_unique<State>(
          loop, control, std::move(connect), launcher, std::move(config))) {
  state_->replicas_changed();
  state_->membership.start();
}

Agent::~Agent() {
  // Channel, launcher and runners outlive the agent; nothing of it may stay with them.
  state_->loop.cancel(state_->drain_timer);
  state_->control.on_message([](const Peer&, const v1::Envelope&) {});
  state_->launcher.on_change([] {});
  for (const LaunchedReplica& launched : state_->launcher.replicas()) {
    if (launched.runner != nullptr)
      launched.runner->on_event([](StreamId, const RunnerEvent&) {});
  }
}

void Agent::on_status(OnStatus handler) {
  state_->on_status = std::move(handler);
}

void Agent::drain(std::function<void()> done) {
  state_->drain(std::move(done));
}

AgentState Agent::state() const {
  return state_->state();
}

uint64_t Agent::node_epoch() const {
  return state_->membership.node_epoch();
}

bool Agent::is_leased() const {
  return state_->membership.is_leased();
}

uint32_t Agent::running() const {
  return state_->attempts.size();
}

Agent::Counters Agent::counters() const {
  Counters counters = state_->counters;
  counters.finished = state_->attempts.finished();
  counters.streams_overflowed = state_->attempts.overflowed();
  counters.stale_dropped += state_->gateways.repeated();
  counters.malformed += state_->joiner.ignored();
  return counters;
}

}  // namespace suan::node_agent
