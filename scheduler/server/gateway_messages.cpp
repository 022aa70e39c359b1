#include <utility>

#include "catalog/types/text.h"
#include "catalog/wire/convert.h"
#include "scheduler/server/handlers.h"

namespace suan::scheduler {

namespace {

void on_submit(ServerCore& core, const v1::Submit& submit, const Moment& moment) {
  Result<RequestFacts> facts = read(submit.facts());
  if (facts && submit.stream_id() != 0) {
    return core.dispatcher.submit(*std::move(facts), StreamId(submit.stream_id()), moment);
  }
  ++core.counters.malformed;
  // Whoever asked should not wait in vain, if we can tell who it was.
  if (!read_request_id(submit.facts().request_id())) return;
  v1::Rejected& rejected = *core.outbox.to_gateway().mutable_rejected();
  rejected.set_request_id(submit.facts().request_id());
  rejected.set_attempt(submit.facts().attempt());
  rejected.set_code(std::string(to_string(ErrorCode::BadRequest)));
  rejected.set_message(facts ? "a stream has a number" : facts.error().message);
}

void on_delivered(ServerCore& core, const v1::Delivered& delivered) {
  const Result<RequestId> request = read_request_id(delivered.request_id());
  if (!request || delivered.ttft_us() < 0 || delivered.tpot_us() < 0) {
    ++core.counters.malformed;
    return;
  }
  core.decisions.set_outcome(*request, delivered.attempt(),
                             {.status = printable(delivered.status(), 32),
                              .usage = read(delivered.usage()),
                              .ttft = Duration(delivered.ttft_us()),
                              .tpot = Duration(delivered.tpot_us())});
}

void on_cancel(ServerCore& core, const v1::Cancel& cancel) {
  const Result<RequestId> request = read_request_id(cancel.request_id());
  if (!request) {
    ++core.counters.malformed;
    return;
  }
  core.dispatcher.cancel(*request, StreamId(cancel.stream_id()));
}

void on_echo(ServerCore& core, const v1::Echo& echo, const Moment& moment) {
  if (echo.t1_us() != 0) return;
  const int64_t now_us = moment.now.time_since_epoch().count();
  v1::Echo& reply = *core.outbox.to_gateway().mutable_echo();
  reply.set_t0_us(echo.t0_us());
  reply.set_t1_us(now_us);
  reply.set_t2_us(now_us);
}

}  // namespace

void on_gateway_message(ServerCore& core, const v1::Envelope& message, const Moment& moment) {
  if (!core.seqs[Side::Gateway].is_new(message.seq())) {
    ++core.counters.stale;
    return;
  }
  switch (message.body_case()) {
    case v1::Envelope::kSubmit:
      return on_submit(core, message.submit(), moment);
    case v1::Envelope::kCancel:
      return on_cancel(core, message.cancel());
    case v1::Envelope::kDelivered:
      return on_delivered(core, message.delivered());
    case v1::Envelope::kHeard:
      for (const std::string& node : message.heard().node_ids()) {
        core.membership.heard_by_gateway(NodeId(node), moment.now);
      }
      return;
    case v1::Envelope::kQuery:
      return run_query(core, message.query(), moment);
    case v1::Envelope::kCommand:
      return run_command(core, message.command(), moment);
    case v1::Envelope::kEcho:
      return on_echo(core, message.echo(), moment);
    default:
      ++core.counters.unexpected;
  }
}

void answer(ServerCore& core, uint64_t query_id, const Result<std::string>& json) {
  v1::Answer& answer = *core.outbox.to_gateway().mutable_answer();
  answer.set_query_id(query_id);
  if (json) {
    answer.set_json(*json);
  } else {
    answer.set_code(std::string(to_string(json.error().code)));
    answer.set_message(json.error().message);
  }
}

void on_observer_message(ServerCore& core, const v1::Envelope& message, const Moment& moment) {
  if (!core.seqs[Side::Observer].is_new(message.seq())) {
    ++core.counters.stale;
    return;
  }
  switch (message.body_case()) {
    case v1::Envelope::kBenchPlanned:
      return core.campaigns.planned(message.bench_planned(), moment);
    case v1::Envelope::kBenchProgress:
      return core.campaigns.progressed(message.bench_progress(), moment);
    case v1::Envelope::kBenchLines:
      return core.campaigns.keep_lines(message.bench_lines());
    case v1::Envelope::kBenchSeal:
      return core.campaigns.sealed(message.bench_seal(), moment);
    case v1::Envelope::kMeasured:
      return core.campaigns.measured(message.measured(), moment);
    case v1::Envelope::kEcho:
      return;
    default:
      ++core.counters.unexpected;
  }
}

}  // namespace suan::scheduler
