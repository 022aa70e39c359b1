#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "catalog/types/text.h"
#include "catalog/wire/convert.h"
#include "node_agent/agent_state.h"

namespace suan::node_agent {

namespace {

constexpr int kWantedMax = 256;

Error gone(std::string message) {
  return {ErrorCode::ReplicaGone, std::move(message), {}};
}

}  // namespace

void Agent::State::handle_desired(const v1::Desired& desired) {
  if (desired.replicas_size() > kWantedMax) {
    ++counters.malformed;
    return;
  }
  std::vector<WantedReplica> next;
  for (const v1::WantedReplica& one : desired.replicas()) {
    if (!is_valid_name(one.model_id()) || one.replica_id() == 0) {
      ++counters.malformed;
      continue;
    }
    next.push_back({ReplicaId(one.replica_id()), one.lease_epoch(), ModelId(one.model_id()),
                    one.digest_hex()});
  }
  wanted = std::move(next);
  launcher.want(wanted);
}

void Agent::State::handle_start(const v1::Start& message) {
  auto facts = read(message.facts());
  const StreamId stream(message.stream_id());
  if (!facts || !stream.is_set() || !is_valid_name(message.gateway_id())) {
    ++counters.malformed;
    return;
  }
  if (start_seq_epoch != membership.node_epoch()) {
    start_seq_epoch = membership.node_epoch();
    start_seq_seen = 0;
  }
  start_seq_seen = std::max(start_seq_seen, message.start_seq());
  if (attempts.has(stream) || joiner.has_start(stream)) return;  // repeated

  StartOrder order{std::move(*facts), stream, ReplicaId(message.replica_id()),
                   message.lease_epoch(), message.gateway_id()};
  if (const auto allowed = may_start(order); !allowed) {
    ++counters.starts_refused;
    joiner.cancel(stream);
    attempts.refuse(order, allowed.error(), false);
    return;
  }
  ++counters.starts;
  reports.progress(stream, 0, false);
  joiner.add_start(std::move(order));
}

Result<void> Agent::State::may_start(const StartOrder& order) const {
  if (!membership.is_leased()) {
    return fail(ErrorCode::ReplicaGone, "this node's lease has run out");
  }
  if (terminal == AgentState::Draining) {
    return fail(ErrorCode::ReplicaGone, "this node is draining");
  }
  if (!gateways.has(order.gateway_id)) {
    return fail(ErrorCode::Unavailable, "no connection to gateway {}", order.gateway_id);
  }
  if (attempts.size() + joiner.size() >= config.streams_max) {
    return fail(ErrorCode::Overloaded, "{} attempts run here already", attempts.size());
  }
  const auto& replicas = launcher.replicas();
  const auto found = std::ranges::find(replicas, order.replica, &LaunchedReplica::replica);
  const bool is_here = found != replicas.end() && found->state == ReplicaState::Ready &&
                       found->runner != nullptr && found->model == order.facts.model;
  if (!is_here || found->lease_epoch != order.lease_epoch) {
    return fail(ErrorCode::ReplicaGone, "replica {} with lease {} is not here",
                order.replica.value(), order.lease_epoch);
  }
  return {};
}

void Agent::State::handle_stop(const v1::Stop& stop) {
  cancel(StreamId(stop.stream_id()),
         {ErrorCode::Cancelled, "stopped by the scheduler: " + printable(stop.reason()), {}});
}

void Agent::State::handle_fence(const v1::Fence& fence) {
  if (fence.replica_ids_size() > 0) {
    std::vector<ReplicaId> replicas;
    for (const uint64_t id : fence.replica_ids())
      replicas.emplace_back(id);
    return fence_replicas(replicas);
  }
  const bool is_superseded = fence.reason() == "superseded";
  const Error reason = gone("the node was fenced: " + printable(fence.reason(), 64));
  for (const StartOrder& order : joiner.starts())
    cancel(order.stream, reason);
  attempts.cancel_all(reason);
  wanted.clear();
  launcher.want({});
  if (is_superseded) return;
  // Duplicate, removed, revoked: this process has no business in the network any more.
  terminal = AgentState::Fenced;
  membership.stop();
  on_status(AgentState::Fenced, reason.message);
  if (drained) leave();
}

void Agent::State::fence_replicas(const std::vector<ReplicaId>& replicas) {
  for (const ReplicaId replica : replicas) {
    const Error reason = gone(fmt::format("replica {} was fenced", replica.value()));
    for (const StartOrder& order : joiner.starts()) {
      if (order.replica == replica) cancel(order.stream, reason);
    }
    attempts.cancel_on(replica, reason);
    std::erase_if(wanted, [&](const WantedReplica& one) { return one.replica == replica; });
  }
  launcher.want(wanted);
}

}  // namespace suan::node_agent
