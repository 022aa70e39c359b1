#include "scheduler/server/server.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "scheduler/server/handlers.h"
#include "scheduler/server/server_core.h"

namespace suan::scheduler {

namespace {

constexpr Duration kSweepEvery = 60s;
constexpr Duration kDecisionsEvery = 1s;
constexpr Duration kViewGapMin = 100ms;

void handle(ServerCore& core, const Event& event, const Moment& moment) {
  assert(event.message != nullptr);
  ++core.counters.messages;
  switch (event.side) {
    case Side::Agents:
      return on_agent_message(core, event.peer, *event.message, moment);
    case Side::Gateway:
      return on_gateway_message(core, *event.message, moment);
    case Side::Observer:
      return on_observer_message(core, *event.message, moment);
  }
}

void unreachable(ServerCore& core, const Event& event, const Moment& moment) {
  if (event.side != Side::Agents) return;
  for (const NodeChange& change : core.membership.unreachable(node_of(event.peer))) {
    apply(core, change, moment);
  }
}

/// After a stall of our own, silence is no sign of anything: deadlines move by as much.
void forgive_stall(ServerCore& core, const Moment& moment) {
  const Duration late = moment.now - core.turned_at - Server::kTurnEvery;
  if (late <= core.config.timings.stall) return;
  ++core.counters.stalls;
  core.membership.push_back(late, moment.now);
  core.dispatcher.push_back(late);
  core.campaigns.push_back(late);
  core.outbox.note("the loop stood still for " + std::to_string(late.count() / 1000) + " ms");
}

void turn(ServerCore& core, const Moment& moment) {
  forgive_stall(core, moment);
  core.turned_at = moment.now;
  for (const NodeChange& change : core.membership.expire(moment.now)) {
    apply(core, change, moment);
  }
  core.dispatcher.turn(moment);
  core.campaigns.turn(moment);
  if (core.deployer.turn(moment)) core.views.touch();
  if (moment.now - core.decisions_flushed_at >= kDecisionsEvery) {
    core.decisions_flushed_at = moment.now;
    core.decisions.flush();
  }
  if (moment.now - core.swept_at >= kSweepEvery) {
    core.swept_at = moment.now;
    core.enrolment.prune(moment.wall);
    core.dispatcher.drop_overdue(moment.now);
  }
}

void planned(ServerCore& core, const Event& event, const Moment& moment) {
  assert(event.plan != nullptr);
  if (event.number != 0) {
    answer_proposal(core, event.number, *event.plan);
  } else if (core.deployer.planned(*event.plan, moment.now)) {
    core.views.touch();
  }
}

/// What follows from any event: the view, waiting requests, what nodes and gateway must know.
void follow_up(ServerCore& core, const Moment& moment) {
  core.deployer.tell(moment.now);
  core.views.turn(moment);
  if (core.dispatcher.is_anything_waiting()) core.dispatcher.pump(moment);
  const Duration gap = core.views.has_news() ? kViewGapMin : core.config.view_every;
  const bool is_first = core.view_told_at == Time::min();
  if (is_first || moment.now - core.view_told_at >= gap) send_view(core, moment);
}

}  // namespace

Server::Server(ServerConfig config, ServerState state, bool has_observer, const Moment& moment)
    : core_(std::make_unique<ServerCore>(
          std::move(config), std::move(state), has_observer, moment)) {}

Server::~Server() = default;

Actions Server::step(const Event& event, const Moment& moment) {
  switch (event.kind) {
    case Event::Kind::Message:
      handle(*core_, event, moment);
      break;
    case Event::Kind::Unreachable:
      unreachable(*core_, event, moment);
      break;
    case Event::Kind::Turn:
      turn(*core_, moment);
      break;
    case Event::Kind::Stored:
      core_->outbox.written(event.number, event.error);
      break;
    case Event::Kind::StartFailed:
      core_->dispatcher.start_failed(StreamId(event.number), moment);
      break;
    case Event::Kind::Planned:
      planned(*core_, event, moment);
      break;
  }
  follow_up(*core_, moment);
  return core_->outbox.take();
}

std::optional<Peer> Server::lookup_key(std::string_view domain,
                                       const std::string& public_z85,
                                       WallTime now) const {
  return core_->enrolment.lookup(domain, public_z85, now);
}

std::string Server::metrics_json() const {
  return scheduler::metrics_json(*core_);
}

}  // namespace suan::scheduler
