#include "node_agent/attempts.h"

#include <algorithm>
#include <cassert>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "catalog/types/text.h"
#include "catalog/wire/convert.h"
#include "node_agent/token_outbox.h"

namespace suan::node_agent {

namespace {

struct Attempt {
  StartOrder order;
  uint32_t messages = 0;  // Tokens sent so far
  uint32_t prompt_tokens = 0;
  bool has_first_token = false;
  std::optional<Error> ended_by;  // why it was cancelled here
  TimerId deadline;
};

v1::Envelope failed_message(StreamId stream, const Error& error, bool is_final) {
  v1::Envelope message;
  v1::Failed& failed = *message.mutable_failed();
  failed.set_stream_id(stream.value());
  failed.set_code(std::string(to_string(error.code)));
  failed.set_message(printable(error.message, 1'000));
  failed.set_param(printable(error.param));
  failed.set_is_final(is_final);
  return message;
}

AttemptEnd end_of(const Error& error) {
  AttemptEnd end;
  end.status = error.code == ErrorCode::Cancelled ? "cancelled" : "error";
  end.code = std::string(to_string(error.code));
  return end;
}

}  // namespace

RunningAttempt running_attempt_of(const StartOrder& order, uint32_t prompt_tokens) {
  constexpr uint32_t kBytesPerToken = 4;
  const RequestFacts& facts = order.facts;
  const uint32_t prompt =
      prompt_tokens > 0 ? prompt_tokens : facts.prompt_bytes / kBytesPerToken;
  return {facts.request, facts.attempt, order.stream, order.replica,
          prompt + facts.tokens_max * facts.choices};
}

struct Attempts::State {
  Loop& loop;
  const AgentConfig& config;
  Reports& reports;
  Launcher& launcher;
  TokenOutbox outbox;
  std::unordered_map<StreamId, Attempt> attempts;
  std::function<void()> on_end = [] {};
  uint64_t finished = 0;

  State(Loop& the_loop,
        const AgentConfig& the_config,
        GatewayLinks& gateways,
        Reports& the_reports,
        Launcher& the_launcher)
      : loop(the_loop),
        config(the_config),
        reports(the_reports),
        launcher(the_launcher),
        outbox(the_loop, the_config, gateways) {}

  [[nodiscard]] Runner* runner_of(ReplicaId replica) const {
    for (const LaunchedReplica& launched : launcher.replicas()) {
      if (launched.replica == replica) return launched.runner;
    }
    return nullptr;
  }

  void start(StartOrder order, RequestBody body);
  void cancel(StreamId stream, const Error& reason);
  void handle_accepted(StreamId stream, Attempt& attempt, const AcceptedEvent& event);
  void handle_tokens(StreamId stream, Attempt& attempt, TokensEvent& event);
  void handle_done(StreamId stream, Attempt& attempt, DoneEvent& event);
  void handle_failed(StreamId stream, Attempt& attempt, const FailedEvent& event);
  void end(StreamId stream, const AttemptEnd& end);
};

void Attempts::State::start(StartOrder order, RequestBody body) {
  const StreamId stream = order.stream;
  Runner* runner = runner_of(order.replica);
  assert(runner != nullptr);
  Work work{stream, order.facts, std::move(body)};
  const Duration patience =
      order.facts.deadline > 0us ? order.facts.deadline : config.attempt_max;
  Attempt& attempt = attempts[stream];
  attempt.order = std::move(order);
  attempt.deadline = loop.after(patience, [this, stream] {
    cancel(stream, {ErrorCode::TimedOut, "the request's deadline has passed", {}});
  });
  runner->submit(std::move(work));
}

void Attempts::State::cancel(StreamId stream, const Error& reason) {
  const auto found = attempts.find(stream);
  if (found == attempts.end() || found->second.ended_by) return;
  found->second.ended_by = reason;
  if (Runner* runner = runner_of(found->second.order.replica)) runner->cancel(stream);
}

void Attempts::State::handle_accepted(StreamId stream,
                                      Attempt& attempt,
                                      const AcceptedEvent& event) {
  attempt.prompt_tokens = event.prompt_tokens;
  v1::Envelope message;
  v1::Accepted& accepted = *message.mutable_accepted();
  accepted.set_stream_id(stream.value());
  accepted.set_prompt_tokens(event.prompt_tokens);
  accepted.set_cached_tokens(event.cached_tokens);
  outbox.send(attempt.order.gateway_id, stream, std::move(message));
  reports.progress(stream, event.prompt_tokens, false);
}

void Attempts::State::handle_tokens(StreamId stream, Attempt& attempt, TokensEvent& event) {
  if (attempt.ended_by) return;
  v1::Envelope message;
  v1::Tokens& tokens = *message.mutable_tokens();
  tokens.set_stream_id(stream.value());
  tokens.set_index(attempt.messages++);
  for (const TokenEvent& piece : event.pieces)
    write(piece, *tokens.add_pieces());
  if (!attempt.has_first_token) {
    attempt.has_first_token = true;
    reports.progress(stream, attempt.prompt_tokens, true);
  }
  if (!outbox.send(attempt.order.gateway_id, stream, std::move(message))) {
    cancel(stream, {ErrorCode::Unavailable, "the gateway does not take tokens", {}});
  }
}

void Attempts::State::handle_done(StreamId stream, Attempt& attempt, DoneEvent& event) {
  if (attempt.ended_by) {
    // It finished while its cancellation was under way; tokens may have been dropped.
    handle_failed(stream, attempt, {*attempt.ended_by, false});
    return;
  }
  v1::Envelope message;
  v1::Done& done = *message.mutable_done();
  done.set_stream_id(stream.value());
  done.set_messages(attempt.messages);
  write(event.usage, *done.mutable_usage());
  for (const std::string& reason : event.finish_reasons)
    done.add_finish_reasons(reason);
  done.set_answer_json(event.answer_json);
  outbox.finish(attempt.order.gateway_id, stream, std::move(message));
  AttemptEnd ended;
  ended.done = std::move(event);
  end(stream, ended);
}

void Attempts::State::handle_failed(StreamId stream,
                                    Attempt& attempt,
                                    const FailedEvent& event) {
  const bool is_ours = attempt.ended_by.has_value();
  const Error error = is_ours ? *attempt.ended_by : event.error;
  const bool is_final = !is_ours && event.is_final;
  outbox.finish(attempt.order.gateway_id, stream, failed_message(stream, error, is_final));
  end(stream, end_of(error));
}

void Attempts::State::end(StreamId stream, const AttemptEnd& end) {
  const auto found = attempts.find(stream);
  const StartOrder order = std::move(found->second.order);
  loop.cancel(found->second.deadline);
  attempts.erase(found);
  ++finished;
  reports.finished(order, end);
  on_end();
}

Attempts::Attempts(Loop& loop,
                   const AgentConfig& config,
                   GatewayLinks& gateways,
                   Reports& reports,
                   Launcher& launcher)
    : state_(std::make_shared<State>(loop, config, gateways, reports, launcher)) {}

Attempts::~Attempts() {
  for (const auto& [stream, attempt] : state_->attempts)
    state_->loop.cancel(attempt.deadline);
}

void Attempts::start(StartOrder order, RequestBody body) {
  state_->start(std::move(order), std::move(body));
}

void Attempts::handle(StreamId stream, RunnerEvent event) {
  const auto found = state_->attempts.find(stream);
  if (found == state_->attempts.end()) return;
  Attempt& attempt = found->second;
  if (const auto* accepted = std::get_if<AcceptedEvent>(&event)) {
    state_->handle_accepted(stream, attempt, *accepted);
  } else if (auto* tokens = std::get_if<TokensEvent>(&event)) {
    state_->handle_tokens(stream, attempt, *tokens);
  } else if (auto* done = std::get_if<DoneEvent>(&event)) {
    state_->handle_done(stream, attempt, *done);
  } else if (const auto* failed = std::get_if<FailedEvent>(&event)) {
    state_->handle_failed(stream, attempt, *failed);
  }
}

void Attempts::cancel(StreamId stream, const Error& reason) {
  state_->cancel(stream, reason);
}

void Attempts::cancel_on(ReplicaId replica, const Error& reason) {
  for (const RunningAttempt& running : list()) {
    if (running.replica == replica) cancel(running.stream, reason);
  }
}

void Attempts::cancel_all(const Error& reason) {
  for (const RunningAttempt& running : list())
    cancel(running.stream, reason);
}

void Attempts::refuse(const StartOrder& order, const Error& error, bool is_final) {
  state_->outbox.finish(order.gateway_id, order.stream,
                        failed_message(order.stream, error, is_final));
  state_->reports.finished(order, end_of(error));
}

bool Attempts::has(StreamId stream) const {
  return state_->attempts.contains(stream);
}

uint32_t Attempts::size() const {
  return static_cast<uint32_t>(state_->attempts.size());
}

std::vector<RunningAttempt> Attempts::list() const {
  std::vector<RunningAttempt> running;
  running.reserve(state_->attempts.size());
  for (const auto& [stream, attempt] : state_->attempts) {
    running.push_back(running_attempt_of(attempt.order, attempt.prompt_tokens));
  }
  // The map's order differs between libraries; a simulation must not.
  std::ranges::sort(running, {}, &RunningAttempt::stream);
  return running;
}

uint64_t Attempts::finished() const {
  return state_->finished;
}

uint64_t Attempts::overflowed() const {
  return state_->outbox.overflowed();
}

void Attempts::on_end(std::function<void()> handler) {
  state_->on_end = std::move(handler);
}

}  // namespace suan::node_agent
