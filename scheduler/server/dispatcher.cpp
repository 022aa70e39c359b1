#include "scheduler/server/dispatcher.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "catalog/types/uuid.h"
#include "catalog/wire/convert.h"
#include "scheduler/placement/explain.h"
#include "scheduler/placement/work.h"
#include "scheduler/server/json_text.h"

namespace suan::scheduler {

namespace {

constexpr int kTriesMax = 4;                 // replicas that turn out to be gone
constexpr Duration kNothingAliveRetry = 2s;  // a heartbeat or two
constexpr Duration kDeadlineMax = 24h;

}  // namespace

Dispatcher::Dispatcher(Parts parts, const ServerConfig& config)
    : parts_(parts),
      config_(config),
      random_(splitmix64(config.seed ^ 0xD15)),
      admission_(config.queues),
      view_(std::make_shared<const ClusterView>()) {}

void Dispatcher::set_view(std::shared_ptr<const ClusterView> view,
                          std::map<ModelId, ServiceCapacity> capacities) {
  assert(view != nullptr);
  view_ = std::move(view);
  capacities_ = std::move(capacities);
}

void Dispatcher::submit(RequestFacts facts, StreamId stream, const Moment& moment) {
  if (is_known(facts, stream)) return;  // a message that came twice
  ++counters_.submitted;
  note_demand(facts, moment);
  if (facts.deadline <= Duration::zero() || facts.deadline > kDeadlineMax) {
    facts.deadline = kDeadlineMax;
  }
  if (admission_.is_waiting(facts.model)) {
    wait(facts, stream, moment);
    return pump(moment);
  }
  const Tried tried = try_place(facts, stream, moment.now, moment);
  if (tried == Tried::Placed) admission_.charge(facts, work_of_request(facts));
  if (tried == Tried::Full) wait(facts, stream, moment);
}

/// What is asked for counts whether it is served or not, a retry does not.
void Dispatcher::note_demand(const RequestFacts& facts, const Moment& moment) {
  if (facts.attempt > 1 || view_->find_model(facts.model) == nullptr) return;
  const auto work = static_cast<double>(work_of_request(facts));
  parts_.demand.add(facts.model, facts.service_class, work, moment.wall);
}

bool Dispatcher::is_known(const RequestFacts& facts, StreamId stream) const {
  return attempts_.contains(stream) || admission_.is_waiting(facts.request);
}

void Dispatcher::wait(const RequestFacts& facts, StreamId stream, const Moment& moment) {
  const ServiceCapacity capacity = capacity_of(facts.model);
  Queued queued{.facts = facts,
                .stream = stream,
                .queued_at = moment.now,
                .deadline = moment.now + facts.deadline,
                .work = work_of_request(facts)};
  const auto turned_away = admission_.wait(std::move(queued), capacity.work_per_s, moment.now);
  if (!turned_away) {
    ++counters_.queued;
    return;
  }
  ++counters_.turned_away;
  Decision decision;
  decision.error = turned_away->error;
  decision.explanation.reason = turned_away->error.message;
  record(facts, std::move(decision), moment.now, moment);
  reject(facts, turned_away->error, turned_away->retry_after);
}

void Dispatcher::pump(const Moment& moment) {
  for (const ModelId& model : admission_.models_waiting()) {
    admission_.dispatch(model, moment.now, [&](const Queued& queued) {
      RequestFacts facts = queued.facts;
      facts.deadline = queued.facts.deadline - (moment.now - queued.queued_at);
      const Tried tried = try_place(facts, queued.stream, queued.queued_at, moment);
      if (tried == Tried::Full) return Offered::Blocked;
      return tried == Tried::Placed ? Offered::Taken : Offered::Dropped;
    });
  }
}

Dispatcher::Tried Dispatcher::try_place(const RequestFacts& facts,
                                        StreamId stream,
                                        Time queued_at,
                                        const Moment& moment) {
  RequestFacts asked = facts;
  for (int i = 0; i < kTriesMax; ++i) {
    Considered considered;
    const Result<Placement> placement =
        config_.place(asked, *view_, parts_.load, moment.now, random_.next(), &considered);
    if (!placement) {
      const ErrorCode code = placement.error().code;
      const bool is_queued = admission_.is_waiting(facts.request);
      const bool may_wait =
          code == ErrorCode::NoCapacity || (is_queued && code == ErrorCode::Unavailable);
      if (!may_wait && renew_view_(moment)) continue;
      if (is_queued && may_wait) return Tried::Full;
      Decision decision;
      decision.verdict = may_wait ? Verdict::Waiting : Verdict::Refused;
      decision.explanation = explain(facts, considered, placement.error(), *view_);
      if (!may_wait) decision.error = placement.error();
      record(facts, std::move(decision), queued_at, moment);
      if (may_wait) return Tried::Full;
      const bool is_passing = code == ErrorCode::Unavailable;
      reject(facts, placement.error(), is_passing ? kNothingAliveRetry : Duration{});
      return Tried::Refused;
    }
    // The view may be some milliseconds older than what we know of the node.
    NodeRecord* node = parts_.membership.find(placement->node);
    const Slot* slot = parts_.deployer.find(placement->replica);
    if (node != nullptr && node->liveness == Liveness::Alive && slot != nullptr) {
      Result<Reservation> room =
          parts_.load.reserve(placement->replica, placement->demand, node->start_seq + 1);
      if (room) {
        start(facts, stream, *placement, *std::move(room), *node, slot->lease_epoch, moment);
        Decision decision;
        decision.verdict = Verdict::Placed;
        decision.explanation = explain(facts, *placement, *view_);
        record(facts, std::move(decision), queued_at, moment);
        return Tried::Placed;
      }
    }
    asked.excluded.push_back(placement->replica);
  }
  return Tried::Full;
}

void Dispatcher::start(const RequestFacts& facts,
                       StreamId stream,
                       const Placement& placement,
                       Reservation reservation,
                       NodeRecord& node,
                       uint64_t lease_epoch,
                       const Moment& moment) {
  Attempt attempt{.facts = facts,
                  .stream = stream,
                  .node = placement.node,
                  .site = placement.site,
                  .node_epoch = node.epoch,
                  .replica = placement.replica,
                  .lease_epoch = lease_epoch,
                  .start_seq = ++node.start_seq,
                  .started_at = moment.now,
                  .deadline = moment.now + facts.deadline,
                  .work_charged = work_of_request(facts),
                  .reservation = std::move(reservation)};
  ++counters_.placed;
  send_start(attempt, facts, node);
  send_placed(attempt, placement, reason(facts, placement, *view_));
  tell_placement(facts, placement, moment);
  unacknowledged_.push_back(stream);
  add(std::move(attempt));
}

void Dispatcher::send_start(const Attempt& attempt,
                            const RequestFacts& facts,
                            const NodeRecord& node) {
  v1::Start& start =
      *parts_.outbox.to_agent(node.peer(), node.epoch, attempt.stream).mutable_start();
  write(facts, *start.mutable_facts());
  start.set_stream_id(attempt.stream.value());
  start.set_replica_id(attempt.replica.value());
  start.set_lease_epoch(attempt.lease_epoch);
  start.set_start_seq(attempt.start_seq);
  start.set_gateway_id(config_.gateways.empty() ? "main" : config_.gateways[0].gateway_id);
}

void Dispatcher::send_placed(const Attempt& attempt,
                             const Placement& placement,
                             std::string reason) {
  v1::Placed& placed = *parts_.outbox.to_gateway(attempt.stream).mutable_placed();
  placed.set_request_id(write_request_id(attempt.facts.request));
  placed.set_attempt(attempt.facts.attempt);
  placed.set_stream_id(attempt.stream.value());
  placed.set_site_id(placement.site.value());
  placed.set_node_id(placement.node.value());
  placed.set_replica_id(placement.replica.value());
  placed.set_node_epoch(attempt.node_epoch);
  placed.set_ttft_expected_us(placement.ttft_expected.count());
  placed.set_reason(std::move(reason));
  placed.set_input_n_per_token(placement.prices.input_n_per_token);
  placed.set_cached_n_per_token(placement.prices.cached_n_per_token);
  placed.set_output_n_per_token(placement.prices.output_n_per_token);
}

/// A sample for those who watch: as many a second as configured.
void Dispatcher::tell_placement(const RequestFacts& facts,
                                const Placement& placement,
                                const Moment& moment) {
  if (moment.now - events_second_ >= 1s) {
    events_second_ = moment.now;
    events_in_second_ = 0;
  }
  if (++events_in_second_ > config_.placement_events_per_s) return;
  JsonText json;
  json.begin_object()
      .field("request_id", to_string(facts.request.value()))
      .field("at", moment.wall)
      .field("model", facts.model.value())
      .field("site", placement.site.value())
      .field("node", placement.node.value())
      .field("ttft_expected_ms", to_ms(placement.ttft_expected))
      .field("policy", to_string(facts.wishes.policy))
      .end_object();
  v1::Event& event = *parts_.outbox.to_gateway().mutable_event();
  event.set_kind("placement");
  event.set_json(json.take());
}

void Dispatcher::reject(const RequestFacts& facts, const Error& error, Duration retry_after) {
  ++counters_.refused;
  v1::Rejected& rejected = *parts_.outbox.to_gateway().mutable_rejected();
  rejected.set_request_id(write_request_id(facts.request));
  rejected.set_attempt(facts.attempt);
  rejected.set_code(std::string(to_string(error.code)));
  rejected.set_message(error.message);
  rejected.set_param(error.param);
  rejected.set_retry_after_us(retry_after.count());
}

void Dispatcher::record(const RequestFacts& facts,
                        Decision decision,
                        Time queued_at,
                        const Moment& moment) {
  decision.request = facts.request;
  decision.attempt = facts.attempt;
  decision.account = facts.account;
  decision.at = moment.wall;
  decision.waited = moment.now - queued_at;
  decision.explanation.request = facts.request;
  decision.explanation.model = facts.model;
  decision.explanation.policy = std::string(to_string(facts.wishes.policy));
  parts_.decisions.add(std::move(decision));
}

uint64_t Dispatcher::work_of_request(const RequestFacts& facts) const {
  const ModelRow* model = view_->find_model(facts.model);
  if (model == nullptr) return 1;
  const Work work = work_of(facts, *model);
  const double prompt = work.prompt_tokens * capacity_of(facts.model).prefill_to_output;
  return std::max<uint64_t>(1, work.output_tokens + static_cast<uint64_t>(prompt));
}

ServiceCapacity Dispatcher::capacity_of(const ModelId& model) const {
  const auto found = capacities_.find(model);
  return found == capacities_.end() ? ServiceCapacity{} : found->second;
}

}  // namespace suan::scheduler
