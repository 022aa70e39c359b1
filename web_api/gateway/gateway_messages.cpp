#include <algorithm>
#include <utility>

#include "catalog/wire/convert.h"
#include "web_api/gateway/gateway_state.h"

namespace suan::web_api {

namespace {

const Peer kScheduler("scheduler");
constexpr size_t kModelsMax = 4096;
constexpr uint32_t kCreditBytesMax = 16U << 20U;
constexpr Duration kHeardEvery = 1s;

Result<ModelService> read_service(const v1::ModelService& message) {
  ModelService service{.model = ModelId(message.model_id()),
                       .architecture = message.architecture(),
                       .quantization = message.quantization(),
                       .context_tokens = message.context_tokens(),
                       .vocabulary = message.vocabulary(),
                       .has_chat_template = message.has_chat_template(),
                       .sites = {},
                       .input_n_per_token = message.input_n_per_token(),
                       .output_n_per_token = message.output_n_per_token(),
                       .created = wall_time_of_us(message.created_us())};
  for (const std::string& site : message.site_ids())
    service.sites.emplace_back(site);
  return service;
}

}  // namespace

ActiveRequest* Gateway::State::find_stream(StreamId stream) {
  const auto found = streams.find(stream);
  if (found == streams.end()) return nullptr;
  return requests.at(found->second).get();
}

ActiveRequest* Gateway::State::find_running(const NodeId& node, StreamId stream) {
  ActiveRequest* request = find_stream(stream);
  const bool is_its =
      request != nullptr && request->phase == Phase::Running && request->where.node == node;
  return is_its ? request : nullptr;
}

void Gateway::State::on_scheduler_message(const v1::Envelope& message) {
  if (message.scheduler_epoch() < scheduler_epoch) return;  // a deposed leader
  const bool is_new_leader =
      message.scheduler_epoch() > scheduler_epoch && scheduler_epoch != 0;
  scheduler_epoch = message.scheduler_epoch();
  if (is_new_leader) {
    // It has never heard of what its predecessor was placing.
    std::vector<RequestId> placing;
    for (const auto& [id, request] : requests) {
      if (request->phase == Phase::Placing) placing.push_back(id);
    }
    for (const RequestId& id : placing) {
      const auto found = requests.find(id);
      if (found != requests.end()) send_submit(*found->second);
    }
  }

  switch (message.body_case()) {
    case v1::Envelope::kPlaced:
      return on_placed(message);
    case v1::Envelope::kRejected:
      return on_rejected(message);
    case v1::Envelope::kView:
      return on_view(message);
    case v1::Envelope::kAnswer:
      return on_answer(message);
    case v1::Envelope::kNodeLost: {
      const auto& lost = message.node_lost();
      return fail_node(NodeId(lost.node_id()), lost.node_epoch(),
                       fmt::format("node {} was lost while it worked", lost.node_id()));
    }
    case v1::Envelope::kEvent: {
      // A handler may unsubscribe, so walk over a copy.
      const auto handlers = subscribers;
      for (const auto& [id, handler] : handlers) {
        handler(message.event().kind(), message.event().json());
      }
      return;
    }
    default:
      ++counters.malformed;
  }
}

void Gateway::State::on_placed(const v1::Envelope& message) {
  const v1::Placed& placed = message.placed();
  const Result<PlacedAt> where = read(placed);
  if (!where) {
    ++counters.malformed;
    return;
  }
  ActiveRequest* request = find_stream(where->stream);
  if (request == nullptr || request->phase != Phase::Placing) return;  // cancelled meanwhile
  request->where = *where;
  request->where.attempt = request->facts.attempt;
  request->node_epoch = placed.node_epoch();
  request->prices = {placed.input_n_per_token(), placed.cached_n_per_token(),
                     placed.output_n_per_token()};
  start(*request);
}

void Gateway::State::on_rejected(const v1::Envelope& message) {
  const v1::Rejected& rejected = message.rejected();
  const Result<RequestId> id = read_request_id(rejected.request_id());
  if (!id) {
    ++counters.malformed;
    return;
  }
  const auto found = requests.find(*id);
  if (found == requests.end() || found->second->facts.attempt != rejected.attempt()) return;
  ActiveRequest& request = *found->second;
  const Error error = read_error(rejected.code(), rejected.message(), rejected.param());
  // Its node never acknowledged the start.
  const bool is_taken_back =
      request.phase == Phase::Running && error.code == ErrorCode::ReplicaGone;
  if (is_taken_back) return fail_attempt(request, error, false);
  if (request.phase != Phase::Placing) return;
  std::optional<Duration> retry_after;
  if (rejected.retry_after_us() > 0) retry_after = Duration(rejected.retry_after_us());
  end_with_error(request, error, retry_after);
}

void Gateway::State::on_view(const v1::Envelope& message) {
  const v1::View& told = message.view();
  NetworkView next{.models = {}, .can_serve = told.can_serve(), .json = told.json()};
  for (const v1::ModelService& service : told.models()) {
    if (next.models.size() == kModelsMax) break;
    if (Result<ModelService> read = read_service(service))
      next.models.push_back(*std::move(read));
  }
  view.set(std::move(next));
}

void Gateway::State::on_answer(const v1::Envelope& message) {
  const v1::Answer& answer = message.answer();
  if (answer.code().empty()) {
    asks.close(answer.query_id(), answer.json());
  } else {
    asks.close(answer.query_id(),
               tl::unexpected<Error>(read_error(answer.code(), answer.message(), {})));
  }
}

bool Gateway::State::ask(const v1::Envelope& question, uint64_t ask_id) {
  v1::Envelope envelope = question;
  envelope.set_schema(kWireSchema);
  envelope.set_scheduler_epoch(scheduler_epoch);
  envelope.set_seq(++seq);
  if (ask_id != 0 && scheduler.send(kScheduler, envelope)) return true;
  asks.close(ask_id, fail(ErrorCode::Unavailable, "the scheduler takes no questions now"));
  return false;
}

void Gateway::State::on_agent_message(const Peer& from, const v1::Envelope& message) {
  const NodeId node = node_of(from);
  if (!node.is_set()) {
    ++counters.malformed;
    return;
  }
  links.heard(node, loop.now());

  switch (message.body_case()) {
    case v1::Envelope::kHello:
      return;
    case v1::Envelope::kEcho:
      return answer_echo(from, message);
    case v1::Envelope::kFailed:
      return on_failed(node, message);
    case v1::Envelope::kCredit: {
      ActiveRequest* request = find_running(node, StreamId(message.credit().stream_id()));
      if (request == nullptr) return;
      request->body_credit += std::min(message.credit().bytes(), kCreditBytesMax);
      return send_body(*request);
    }
    case v1::Envelope::kAccepted: {
      ActiveRequest* request = find_running(node, StreamId(message.accepted().stream_id()));
      if (request == nullptr) return;
      request->seen.prompt_tokens = message.accepted().prompt_tokens();
      request->seen.cached_tokens =
          std::min(message.accepted().cached_tokens(), message.accepted().prompt_tokens());
      return;
    }
    case v1::Envelope::kTokens: {
      ActiveRequest* request = find_running(node, StreamId(message.tokens().stream_id()));
      if (request != nullptr) on_tokens(*request, message);
      return;
    }
    case v1::Envelope::kDone: {
      ActiveRequest* request = find_running(node, StreamId(message.done().stream_id()));
      if (request != nullptr) on_done(*request, message);
      return;
    }
    default:
      ++counters.malformed;
  }
}

void Gateway::State::on_failed(const NodeId& node, const v1::Envelope& message) {
  const v1::Failed& failed = message.failed();
  ActiveRequest* request = find_stream(StreamId(failed.stream_id()));
  if (request == nullptr) return;
  Error error = read_error(failed.code(), failed.message(), failed.param());
  if (request->phase == Phase::Placing) {
    // The agent was quicker than the scheduler's Placed; the stream id proves it got a Start.
    request->early_failure.emplace(node, std::move(error));
  } else if (request->where.node == node) {
    fail_attempt(*request, error, failed.is_final());
  }
}

void Gateway::State::on_tokens(ActiveRequest& request, const v1::Envelope& message) {
  const v1::Tokens& tokens = message.tokens();
  if (tokens.index() < request.next_index) return;  // said twice
  if (tokens.index() > request.next_index) {
    fail_attempt(request, {ErrorCode::NodeLost, "a part of the answer was lost on the way"},
                 false);
    return;
  }
  ++request.next_index;

  std::vector<TokenEvent> pieces;
  for (const v1::Piece& piece : tokens.pieces()) {
    Result<TokenEvent> event = read(piece);
    if (!event || event->choice >= request.facts.choices) {
      ++counters.malformed;
      fail_attempt(request, {ErrorCode::Internal, "the node sent a malformed answer"}, false);
      return;
    }
    pieces.push_back(*std::move(event));
  }
  deliver(request, std::move(pieces));
}

void Gateway::State::on_done(ActiveRequest& request, const v1::Envelope& message) {
  const v1::Done& done = message.done();
  if (done.messages() != request.next_index) {
    fail_attempt(request, {ErrorCode::NodeLost, "a part of the answer was lost on the way"},
                 false);
    return;
  }
  Outcome outcome{
      .error = {}, .retry_after = {}, .finish_reasons = {}, .usage = read(done.usage())};
  if (!amount_n(outcome.usage, request.prices)) {
    ++counters.malformed;
    fail_attempt(request, {ErrorCode::Internal, "the node sent a malformed answer"}, false);
    return;
  }
  for (const std::string& reason : done.finish_reasons())
    outcome.finish_reasons.push_back(reason);
  succeed(request, std::move(outcome), done.answer_json());
}

void Gateway::State::watch_nodes() {
  watch_timer = loop.after(config.ping_every, [this] { watch_nodes(); });
  std::map<NodeId, bool> busy;
  for (const auto& [id, request] : requests) {
    if (request->phase == Phase::Running) busy[request->where.node] = true;
  }
  v1::Envelope ping;
  ping.set_schema(kWireSchema);
  ping.mutable_echo()->set_t0_us(loop.now().time_since_epoch().count());
  for (const auto& [node, is_busy] : busy) {
    ping.set_seq(++seq);
    agents.send(peer_of(node), ping);
  }

  for (const NodeId& node : links.take_gone(loop.now(), config.reconnect_grace)) {
    fail_node(node, {}, fmt::format("the connection to node {} broke", node.value()));
  }
  if (loop.now() - heard_told < kHeardEvery) return;
  heard_told = loop.now();
  // A little more than the pause between two reports, so that a late sign of life still counts.
  const std::vector<NodeId> heard = links.heard_within(loop.now(), kHeardEvery + 500ms);
  if (heard.empty()) return;
  v1::Envelope report;
  report.set_schema(kWireSchema);
  report.set_scheduler_epoch(scheduler_epoch);
  report.set_seq(++seq);
  for (const NodeId& node : heard)
    report.mutable_heard()->add_node_ids(node.value());
  scheduler.send(kScheduler, report);
}

}  // namespace suan::web_api
