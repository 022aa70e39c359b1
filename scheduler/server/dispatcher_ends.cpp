// How attempts go on and end: the reports of nodes, their silence, and the clients' leaving.

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "catalog/wire/convert.h"
#include "scheduler/server/dispatcher.h"

namespace suan::scheduler {

namespace {

constexpr Duration kIdleFor = 5s;         // then an attempt that we count there has ended
constexpr Duration kDeadlineGrace = 30s;  // for the end that the agent tells
constexpr uint32_t kProvenByRequests = 200;

}  // namespace

void Dispatcher::cancel(const RequestId& request, StreamId stream) {
  if (admission_.cancel(request)) return;
  const auto found = attempts_.find(stream);
  if (found == attempts_.end() || found->second.facts.request != request) return;
  const NodeRecord* node = parts_.membership.find(found->second.node);
  if (node == nullptr) return;
  // The room is free once the node says so.
  v1::Stop& stop = *parts_.outbox.to_agent(node->peer(), node->epoch).mutable_stop();
  stop.set_stream_id(stream.value());
  stop.set_reason("cancelled");
}

void Dispatcher::start_failed(StreamId stream, const Moment& moment) {
  const auto found = attempts_.find(stream);
  if (found == attempts_.end()) return;
  ++counters_.start_failed;
  RequestFacts facts = found->second.facts;
  parts_.load.failed(found->second.replica, moment.now);
  facts.excluded.push_back(found->second.replica);
  facts.deadline = found->second.deadline - moment.now;
  take(found);
  const Tried tried = try_place(facts, stream, moment.now, moment);
  if (tried == Tried::Full) wait(facts, stream, moment);
}

void Dispatcher::progressed(const NodeId& node, StreamId stream, bool has_first_token) {
  const auto found = attempts_.find(stream);
  if (found == attempts_.end() || found->second.node != node) return;
  found->second.is_acknowledged = true;
  if (has_first_token) found->second.reservation.first_token_seen();
}

void Dispatcher::finished(NodeRecord& node, const AttemptReport& report, const Moment& moment) {
  const auto found = attempts_.find(report.stream);
  if (found == attempts_.end()) return;
  Attempt& attempt = found->second;
  const bool is_its = attempt.node == node.identity.node &&
                      attempt.facts.request == report.request &&
                      attempt.facts.attempt == report.attempt;
  if (!is_its) return;
  ++counters_.finished;

  const RequestFacts& facts = attempt.facts;
  if (report.status == "done") {
    parts_.load.succeeded(attempt.replica);
    parts_.load.prefixes().remember(facts.prefix_hashes, attempt.replica, moment.now);
    if (++node.good_requests == kProvenByRequests) node.identity.is_proven = true;
  } else if (report.status == "error") {
    parts_.load.failed(attempt.replica, moment.now);
  }
  if (!attempt.is_adopted) {
    const uint32_t uncached = report.usage.prompt_tokens -
                              std::min(report.usage.cached_tokens, report.usage.prompt_tokens);
    const double prompt = uncached * capacity_of(facts.model).prefill_to_output;
    const uint64_t used = report.usage.completion_tokens + static_cast<uint64_t>(prompt);
    admission_.finished(facts.service_class, facts.model, facts.account, attempt.work_charged,
                        used, moment.now);
  }
  const bool is_generation =
      facts.kind == RequestKind::Chat || facts.kind == RequestKind::Completion;
  if (report.status == "done" && !attempt.is_adopted && is_generation) {
    parts_.learning.finished({.node = attempt.node,
                              .site = attempt.site,
                              .model = facts.model,
                              .prompt_bytes = facts.prompt_bytes,
                              .usage = report.usage,
                              .prefill = report.prefill,
                              .decode = report.decode,
                              .batch_max = report.batch_max},
                             moment);
  }
  take(found);
}

void Dispatcher::reported(const NodeRecord& node, Time now) {
  const bool has_seen_all = node.start_seq_seen >= node.start_seq;
  for (const ReportedReplica& replica : node.replicas) {
    const bool is_idle = replica.load.running + replica.load.waiting == 0;
    const bool is_mismatch = is_idle && has_seen_all && attempts_on_.contains(replica.replica);
    if (!is_mismatch) {
      if (!idle_since_.empty()) idle_since_.erase(replica.replica);
      continue;
    }
    const Time since = idle_since_.try_emplace(replica.replica, now).first->second;
    if (now - since < kIdleFor) continue;
    idle_since_.erase(replica.replica);
    for (auto at = attempts_.begin(); at != attempts_.end();) {
      const auto attempt = at++;
      const bool is_old = now - attempt->second.started_at >= kIdleFor;
      if (attempt->second.replica == replica.replica && is_old) take(attempt);
    }
  }
}

void Dispatcher::adopt(NodeRecord& node, const std::vector<RunningAttempt>& running, Time now) {
  // Those that go on keep what we know of them; their room is counted anew.
  std::unordered_map<StreamId, Attempt> before;
  for (auto at = attempts_.begin(); at != attempts_.end();) {
    const auto attempt = at++;
    if (attempt->second.node != node.identity.node) continue;
    const StreamId stream = attempt->first;
    before.emplace(stream, take(attempt));
  }
  for (const RunningAttempt& told : running) {
    Attempt attempt;
    const auto known = before.find(told.stream);
    const bool is_known = known != before.end() && known->second.facts.request == told.request;
    if (is_known) {
      attempt = std::move(known->second);
      attempt.reservation.release();
    } else {
      if (attempts_.contains(told.stream)) continue;  // another node's
      attempt.facts.request = told.request;
      attempt.facts.attempt = told.attempt;
      attempt.is_adopted = true;
      attempt.started_at = now;
      attempt.deadline = now + 1h;
    }
    attempt.stream = told.stream;
    attempt.node = node.identity.node;
    attempt.site = node.identity.site;
    attempt.node_epoch = node.epoch;
    attempt.replica = told.replica;
    attempt.start_seq = 0;  // seen
    attempt.is_acknowledged = true;
    Result<Reservation> room =
        parts_.load.adopt(told.replica, {.kv_tokens = told.kv_tokens, .prefill_tokens = 0}, 0);
    if (room) attempt.reservation = *std::move(room);
    add(std::move(attempt));
  }
}

void Dispatcher::node_over(const NodeId& node) {
  for (auto at = attempts_.begin(); at != attempts_.end();) {
    const auto attempt = at++;
    if (attempt->second.node != node) continue;
    ++counters_.lost;
    take(attempt);
  }
}

void Dispatcher::turn(const Moment& moment) {
  acknowledge_or_fail(moment);
  for (const Queued& queued : admission_.expired(moment.now)) {
    ++counters_.turned_away;
    const Error error{
        ErrorCode::Overloaded,
        fmt::format("nothing was free for {} within {:.1f} s", queued.facts.model.value(),
                    to_seconds(moment.now - queued.queued_at))};
    Decision decision;
    decision.error = error;
    decision.explanation.reason = error.message;
    record(queued.facts, std::move(decision), queued.queued_at, moment);
    reject(queued.facts, error, 5s);
  }
}

void Dispatcher::acknowledge_or_fail(const Moment& moment) {
  const Duration patience = config_.timings.start_acknowledged_within;
  while (!unacknowledged_.empty()) {
    const auto found = attempts_.find(unacknowledged_.front());
    if (found == attempts_.end() || found->second.is_acknowledged) {
      unacknowledged_.pop_front();
      continue;
    }
    Attempt& attempt = found->second;
    const NodeRecord* node = parts_.membership.find(attempt.node);
    if (node != nullptr && node->start_seq_seen >= attempt.start_seq) {
      attempt.is_acknowledged = true;
      continue;
    }
    const Duration round_trip = node == nullptr ? Duration{} : node->round_trip.median();
    if (moment.now - attempt.started_at <= patience + round_trip) return;

    ++counters_.start_unacknowledged;
    parts_.load.failed(attempt.replica, moment.now);
    if (node != nullptr) {
      v1::Stop& stop = *parts_.outbox.to_agent(node->peer(), node->epoch).mutable_stop();
      stop.set_stream_id(attempt.stream.value());
      stop.set_reason("unacknowledged");
    }
    reject(attempt.facts,
           {ErrorCode::ReplicaGone,
            fmt::format("node {} did not acknowledge the start within {:.1f} s",
                        attempt.node.value(), to_seconds(patience))},
           {});
    take(found);
  }
}

void Dispatcher::push_back(Duration stall) {
  for (const StreamId& stream : unacknowledged_) {
    const auto found = attempts_.find(stream);
    if (found != attempts_.end()) found->second.started_at += stall;
  }
}

void Dispatcher::drop_overdue(Time now) {
  for (auto at = attempts_.begin(); at != attempts_.end();) {
    const auto attempt = at++;
    const bool has_end = attempt->second.deadline != Time::max();
    if (has_end && now - attempt->second.deadline > kDeadlineGrace) take(attempt);
  }
}

void Dispatcher::add(Attempt attempt) {
  const ReplicaId replica = attempt.replica;
  const StreamId stream = attempt.stream;
  if (attempts_.emplace(stream, std::move(attempt)).second) ++attempts_on_[replica];
}

Attempt Dispatcher::take(std::unordered_map<StreamId, Attempt>::iterator attempt) {
  Attempt taken = std::move(attempt->second);
  attempts_.erase(attempt);
  const auto count = attempts_on_.find(taken.replica);
  if (--count->second == 0) attempts_on_.erase(count);
  return taken;
}

}  // namespace suan::scheduler
