#include <algorithm>
#include <utility>

#include "catalog/wire/convert.h"
#include "node_agent/agent_state.h"

namespace suan::node_agent {

void Agent::State::from_gateway(const std::string& gateway_id, const v1::Envelope& message) {
  switch (message.body_case()) {
    case v1::Envelope::kBodyPart:
      if (terminal == AgentState::Fenced || message.body_part().stream_id() == 0) return;
      if (attempts.has(StreamId(message.body_part().stream_id()))) return;  // repeated
      return joiner.add_part(gateway_id, message.body_part());
    case v1::Envelope::kCancel:
      return cancel(StreamId(message.cancel().stream_id()),
                    {ErrorCode::Cancelled, "the client has left", {}});
    case v1::Envelope::kEcho: {
      if (message.echo().t1_us() != 0) return farewell.answered(gateway_id);
      v1::Envelope answer = message;
      answer_echo(answer);
      if (answer.echo().t1_us() != message.echo().t1_us()) gateways.send(gateway_id, answer);
      return;
    }
    default:
      ++counters.unknown_kinds;
  }
}

/// Ends an attempt, wherever it stands.
void Agent::State::cancel(StreamId stream, const Error& reason) {
  if (const auto start = joiner.cancel(stream)) {
    attempts.refuse(*start, reason, false);
    check_drained();
    return;
  }
  attempts.cancel(stream, reason);
}

/// Turns a question into its answer; leaves answers to our own questions alone.
void Agent::State::answer_echo(v1::Envelope& message) const {
  v1::Echo& echo = *message.mutable_echo();
  if (echo.t1_us() != 0) return;
  const int64_t now_us = std::max<int64_t>(loop.now().time_since_epoch().count(), 1);
  echo.set_t1_us(now_us);
  echo.set_t2_us(now_us);
}

void Agent::State::joined(StartOrder order, RequestBody body) {
  // The replica may have gone while the body was on its way.
  const auto& replicas = launcher.replicas();
  const auto found = std::ranges::find(replicas, order.replica, &LaunchedReplica::replica);
  if (found == replicas.end() || found->runner == nullptr) {
    attempts.refuse(order, {ErrorCode::ReplicaGone, "the replica has gone", {}}, false);
    return;
  }
  attempts.start(std::move(order), std::move(body));
}

void Agent::State::broken(const BrokenAttempt& attempt) {
  if (attempt.start) {
    attempts.refuse(*attempt.start, attempt.error, attempt.is_final);
    check_drained();
    return;
  }
  // Without its Start the scheduler knows nothing of it: only the gateway must hear.
  v1::Envelope message;
  v1::Failed& failed = *message.mutable_failed();
  failed.set_stream_id(attempt.stream.value());
  failed.set_code(std::string(to_string(attempt.error.code)));
  failed.set_message(attempt.error.message);
  failed.set_is_final(attempt.is_final);
  gateways.send(attempt.gateway_id, message);
}

}  // namespace suan::node_agent
