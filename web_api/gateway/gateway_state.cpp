#include "web_api/gateway/gateway_state.h"

#include <algorithm>
#include <utility>

#include "catalog/wire/convert.h"

namespace suan::web_api {

namespace {

const Peer kScheduler("scheduler");
constexpr uint64_t kPartBytesMax = 128U << 10U;
constexpr uint64_t kFirstCreditBytes = 128U << 10U;

/// Mean time between output tokens as the gateway saw them arrive.
Duration mean_gap(const ActiveRequest& request, const Usage& usage) {
  if (!request.first_token || usage.completion_tokens < 2) return {};
  return (request.last_token - *request.first_token) / (usage.completion_tokens - 1);
}

bool is_counted(RequestKind kind) {
  return kind == RequestKind::Chat || kind == RequestKind::Completion;
}

}  // namespace

Gateway::State::State(Loop& the_loop,
                      Channel& the_scheduler,
                      Channel& the_agents,
                      UsageLog& the_usage,
                      GatewayConfig the_config)
    : loop(the_loop),
      scheduler(the_scheduler),
      agents(the_agents),
      usage(the_usage),
      config(std::move(the_config)),
      random(config.seed),
      asks(loop, config.answer_timeout) {}

Gateway::State::~State() {
  *is_alive = false;
  loop.cancel(watch_timer);
  for (const auto& [id, request] : requests)
    loop.cancel(request->deadline_timer);
}

void Gateway::State::submit(RequestFacts facts,
                            RequestBody body,
                            std::shared_ptr<TokenStream> stream) {
  ++counters.submitted;
  const bool is_full = requests.size() >= config.requests_max;
  if (is_full || !usage.has_room() || requests.count(facts.request) != 0) {
    ++counters.refused;
    const char* why =
        is_full ? "too many requests are in flight" : "usage cannot be recorded now";
    stream->end({.error = Error{ErrorCode::Unavailable, why}, .retry_after = 1s}, {});
    return;
  }

  const RequestId id = facts.request;
  auto owned = std::make_unique<ActiveRequest>();
  ActiveRequest& request = *owned;
  request.facts = std::move(facts);
  request.body = std::move(body);
  request.stream = std::move(stream);
  request.submitted = loop.now();
  request.deadline = request.submitted + request.facts.deadline;
  request.stream_id = StreamId(random.next());
  request.deadline_timer = loop.at(request.deadline, [this, id] {
    const auto found = requests.find(id);
    if (found == requests.end() || found->second->phase == Phase::Settling) return;
    stop_remote(*found->second);
    end_with_error(*found->second, {ErrorCode::TimedOut, "the request's deadline has passed"},
                   {});
  });
  streams.emplace(request.stream_id, id);
  requests.emplace(id, std::move(owned));
  retries.on_request();
  send_submit(request);
}

void Gateway::State::send_submit(ActiveRequest& request) {
  v1::Envelope envelope;
  envelope.set_schema(kWireSchema);
  envelope.set_scheduler_epoch(scheduler_epoch);
  envelope.set_seq(++seq);
  auto& message = *envelope.mutable_submit();
  write(request.facts, *message.mutable_facts());
  message.set_stream_id(request.stream_id.value());
  if (!scheduler.send(kScheduler, envelope)) {
    end_with_error(request, {ErrorCode::Unavailable, "the scheduler takes no requests now"},
                   1s);
  }
}

void Gateway::State::start(ActiveRequest& request) {
  request.phase = Phase::Running;
  request.body_credit = kFirstCreditBytes;
  request.stream->placed(request.where);
  if (request.early_failure && request.early_failure->first == request.where.node) {
    fail_attempt(request, Error(request.early_failure->second), false);
    return;
  }
  send_body(request);
}

void Gateway::State::send_body(ActiveRequest& request) {
  const std::string& body = *request.body;
  const uint64_t may_send = std::min<uint64_t>(body.size(), request.body_credit);
  // An empty body is one empty part: the agent waits for a part in any case.
  bool is_first = request.body_sent == 0;
  while (request.body_sent < may_send || is_first) {
    is_first = false;
    const uint64_t bytes = std::min(may_send - request.body_sent, kPartBytesMax);
    v1::Envelope envelope;
    envelope.set_schema(kWireSchema);
    envelope.set_seq(++seq);
    auto& part = *envelope.mutable_body_part();
    part.set_stream_id(request.stream_id.value());
    part.set_total_bytes(static_cast<uint32_t>(body.size()));
    part.set_offset(static_cast<uint32_t>(request.body_sent));
    part.set_part(body.data() + request.body_sent, bytes);
    if (!agents.send(peer_of(request.where.node), envelope)) {
      fail_attempt(request,
                   {ErrorCode::NodeLost,
                    fmt::format("node {} cannot be reached", request.where.node.value())},
                   false);
      return;
    }
    request.body_sent += bytes;
  }
}

void Gateway::State::deliver(ActiveRequest& request, std::vector<TokenEvent> pieces) {
  request.last_token = loop.now();
  if (!request.first_token) request.first_token = request.last_token;
  for (TokenEvent& piece : pieces) {
    request.seen.completion_tokens += piece.tokens;
    counters.tokens += piece.tokens;
    if (request.stream->push(std::move(piece))) continue;
    stop_remote(request);
    end_with_error(request, {ErrorCode::Cancelled, "the client left, or reads too slowly"}, {});
    return;
  }
}

void Gateway::State::succeed(ActiveRequest& request, Outcome outcome, std::string answer_json) {
  request.phase = Phase::Settling;
  streams.erase(request.stream_id);
  report_delivered(request, outcome.usage, "done");
  if (!is_counted(request.facts.kind)) {
    finish(request, std::move(outcome), std::move(answer_json));
    return;
  }

  const UsageRow row = usage_row_of(request, outcome.usage, "done", loop.wall_now());
  const RequestId id = request.facts.request;
  auto durable = [this, alive = is_alive, id, outcome, answer_json](bool is_kept) {
    if (!*alive) return;
    const auto found = requests.find(id);
    if (found == requests.end()) return;
    if (is_kept) {
      finish(*found->second, outcome, answer_json);
    } else {
      finish(*found->second,
             {.error = Error{ErrorCode::Internal, "the request's usage could not be recorded"}},
             {});
    }
  };
  if (!usage.append(row, std::move(durable))) {
    finish(request,
           {.error = Error{ErrorCode::Unavailable, "usage cannot be recorded now"},
            .retry_after = 1s},
           {});
  }
}

void Gateway::State::fail_attempt(ActiveRequest& request, const Error& error, bool is_final) {
  if (request.phase == Phase::Settling) return;
  stop_remote(request);
  const bool is_repeatable =
      may_retry(request, error, is_final, config.attempts_max, loop.now());
  if (!is_repeatable || !retries.take()) {
    end_with_error(request, error, {});
    return;
  }
  ++counters.retried;
  streams.erase(request.stream_id);
  begin_next_attempt(request, StreamId(random.next()), loop.now());
  streams.emplace(request.stream_id, request.facts.request);
  send_submit(request);
}

void Gateway::State::end_with_error(ActiveRequest& request,
                                    Error error,
                                    std::optional<Duration> retry_after) {
  if (request.phase == Phase::Settling) return;
  request.phase = Phase::Settling;
  streams.erase(request.stream_id);
  const bool is_cancelled = error.code == ErrorCode::Cancelled;
  const char* status = is_cancelled ? "cancelled" : "error";
  Outcome outcome{.error = std::move(error), .retry_after = retry_after, .usage = request.seen};
  if (!request.first_token) {
    finish(request, std::move(outcome), {});
    return;
  }

  // Tokens were shown, so the row is kept; the client hears of the failure only after that.
  report_delivered(request, request.seen, status);
  const UsageRow row = usage_row_of(request, request.seen, status, loop.wall_now());
  const RequestId id = request.facts.request;
  auto durable = [this, alive = is_alive, id, outcome](bool) {
    if (!*alive) return;
    const auto found = requests.find(id);
    if (found != requests.end()) finish(*found->second, outcome, {});
  };
  if (!usage.append(row, std::move(durable))) finish(request, std::move(outcome), {});
}

void Gateway::State::stop_remote(const ActiveRequest& request) {
  v1::Envelope envelope;
  envelope.set_schema(kWireSchema);
  envelope.set_scheduler_epoch(scheduler_epoch);
  envelope.set_seq(++seq);
  auto& message = *envelope.mutable_cancel();
  message.set_request_id(write_request_id(request.facts.request));
  message.set_stream_id(request.stream_id.value());
  scheduler.send(kScheduler, envelope);
  if (request.phase == Phase::Running) agents.send(peer_of(request.where.node), envelope);
}

void Gateway::State::report_delivered(const ActiveRequest& request,
                                      const Usage& tokens,
                                      const char* status) {
  v1::Envelope envelope;
  envelope.set_schema(kWireSchema);
  envelope.set_scheduler_epoch(scheduler_epoch);
  envelope.set_seq(++seq);
  auto& message = *envelope.mutable_delivered();
  message.set_request_id(write_request_id(request.facts.request));
  message.set_attempt(request.facts.attempt);
  message.set_status(status);
  write(tokens, *message.mutable_usage());
  if (request.first_token) {
    message.set_ttft_us((*request.first_token - request.submitted).count());
    message.set_tpot_us(mean_gap(request, tokens).count());
  }
  scheduler.send(kScheduler, envelope);
}

void Gateway::State::finish(ActiveRequest& request, Outcome outcome, std::string answer_json) {
  if (!outcome.error) {
    ++counters.succeeded;
  } else if (outcome.error->code == ErrorCode::Cancelled) {
    ++counters.cancelled;
  } else {
    ++counters.failed;
  }
  loop.cancel(request.deadline_timer);
  streams.erase(request.stream_id);
  const std::shared_ptr<TokenStream> stream = std::move(request.stream);
  requests.erase(RequestId(request.facts.request));  // `request` ends here
  stream->end(std::move(outcome), std::move(answer_json));
}

void Gateway::State::fail_node(const NodeId& node,
                               std::optional<uint64_t> epoch_max,
                               const std::string& why) {
  std::vector<RequestId> hit;
  for (const auto& [id, request] : requests) {
    const bool is_there = request->phase == Phase::Running && request->where.node == node;
    if (is_there && (!epoch_max || request->node_epoch <= *epoch_max)) hit.push_back(id);
  }
  for (const RequestId& id : hit) {
    const auto found = requests.find(id);
    if (found != requests.end())
      fail_attempt(*found->second, {ErrorCode::NodeLost, why}, false);
  }
}

void Gateway::State::answer_echo(const Peer& from, const v1::Envelope& message) {
  const v1::Echo& question = message.echo();
  if (question.t1_us() != 0) return;  // the answer to our own
  const int64_t now_us = std::max<int64_t>(loop.now().time_since_epoch().count(), 1);
  v1::Envelope answer;
  answer.set_schema(kWireSchema);
  answer.set_seq(++seq);
  v1::Echo& echo = *answer.mutable_echo();
  echo.set_t0_us(question.t0_us());
  echo.set_t1_us(now_us);
  echo.set_t2_us(now_us);
  agents.send(from, answer);
}

}  // namespace suan::web_api
