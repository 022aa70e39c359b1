#include <utility>

#include <fmt/core.h>

#include "catalog/types/text.h"
#include "catalog/wire/convert.h"
#include "scheduler/server/handlers.h"

namespace suan::scheduler {

namespace {

constexpr std::string_view kTicketPrefix = "ticket:";
constexpr size_t kEnrolBytesMax = 4096;
constexpr size_t kCurveKeyCharacters = 40;
constexpr Duration kRoundTripMax = 60s;

bool is_hex(const std::string& text) {
  return text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Result<EnrolRequest> read_enrol(const v1::Enrol& message) {
  if (message.ByteSizeLong() > kEnrolBytesMax) {
    return fail(ErrorCode::TooLarge, "Enrol has at most {} bytes", kEnrolBytesMax);
  }
  if (!is_valid_name(message.node_id())) {
    return fail_param(ErrorCode::BadRequest, "node_id", "\"{}\" is no name of a node",
                      printable(message.node_id(), 80));
  }
  const std::string& key = message.curve_public_z85();
  if (key.size() != kCurveKeyCharacters || printable(key) != key) {
    return fail_param(ErrorCode::BadRequest, "curve_public_z85", "a key has 40 characters");
  }
  const std::string& receipt = message.receipt_public_hex();
  if (!receipt.empty() && (receipt.size() != 64 || !is_hex(receipt))) {
    return fail_param(ErrorCode::BadRequest, "receipt_public_hex", "64 hex digits");
  }
  return EnrolRequest{NodeId(message.node_id()), key, receipt,
                      printable(message.hostname(), 255)};
}

void refuse(ServerCore& core, const Peer& to, const Error& error) {
  v1::Refused& refused = *core.outbox.to_agent(to, 0).mutable_refused();
  refused.set_code(std::string(to_string(error.code)));
  refused.set_message(error.message);
}

/// Ticket, node and site reach the store in one transaction; only then the agent is told.
void save_enrolment(ServerCore& core,
                    const Peer& from,
                    const std::string& ticket_id,
                    const NodeIdentity& identity,
                    const Moment& moment) {
  suan::NodeRow row;
  row.node = identity.node;
  row.site = identity.site;
  row.curve_public_z85 = identity.curve_public_z85;
  row.receipt_public_hex = identity.receipt_public_hex;
  row.state = identity.is_approved ? NodeState::Probation : NodeState::Pending;
  row.enrolled = moment.wall;
  const bool is_known_state = identity.is_proven || identity.is_drained;
  core.outbox.write(
      [row, ticket_id, is_known_state, now = moment.wall](Database& database) {
        NodeTables table(database);
        const Result<TicketRow> used = table.use_ticket(ticket_id, row.curve_public_z85, now);
        if (!used) throw StoreError(used.error().message, false);
        const bool is_new = table.insert_node(row);
        if (!is_new && !is_known_state) table.set_node_state(row.node, row.state);
      },
      [&core, from, identity](const std::string& error) {
        if (!error.empty()) {
          return refuse(core, from, {ErrorCode::Unavailable, "the store could not keep this"});
        }
        v1::Enrolled& enrolled = *core.outbox.to_agent(from, 0).mutable_enrolled();
        enrolled.set_node_id(identity.node.value());
        enrolled.set_site_id(identity.site.value());
        enrolled.set_is_approved(identity.is_approved);
        enrolled.set_fingerprint(fingerprint_of(identity.curve_public_z85));
      });
}

/// A ticket may say one thing only.
void on_ticket_message(ServerCore& core,
                       const Peer& from,
                       const v1::Envelope& message,
                       const Moment& moment) {
  if (message.body_case() != v1::Envelope::kEnrol) {
    ++core.counters.unexpected;
    return;
  }
  const std::string ticket_id = from.value().substr(kTicketPrefix.size());
  const Result<EnrolRequest> request = read_enrol(message.enrol());
  if (!request) {
    ++core.counters.malformed;
    return refuse(core, from, request.error());
  }
  const Result<NodeRecord*> node = core.enrolment.enrol(ticket_id, *request, moment.wall);
  if (!node) {
    core.outbox.note(fmt::format("enrolment of {} refused: {}", request->wished.value(),
                                 node.error().message));
    return refuse(core, from, node.error());
  }
  describe(**node);
  save_enrolment(core, from, ticket_id, (*node)->identity, moment);
  tell_node(core, **node, moment);
}

/// May the message be acted on? Otherwise the sender is told what helps, or nothing does.
bool is_current(ServerCore& core, NodeRecord& node, const v1::Envelope& message) {
  if (!node.is_registered() || message.node_epoch() > node.epoch) {
    ++core.counters.stale;
    refuse(
        core, node.peer(),
        {ErrorCode::Conflict, "this scheduler does not know the registration: register again"});
    return false;
  }
  if (message.node_epoch() < node.epoch) {
    ++core.counters.stale;
    const bool is_duplicate =
        node.replaced_epoch != 0 && message.node_epoch() == node.replaced_epoch;
    // Under the older epoch, so that the newer process drops it.
    if (is_duplicate && message.has_heartbeat()) {
      v1::Fence& fence =
          *core.outbox.to_agent(node.peer(), node.replaced_epoch).mutable_fence();
      fence.set_reason("duplicate");
    }
    return false;
  }
  if (!node.seqs.is_new(message.seq())) {
    ++core.counters.stale;
    return false;
  }
  return true;
}

void on_progress(ServerCore& core, const NodeRecord& node, const v1::Progress& progress) {
  for (const v1::StreamProgress& stream : progress.streams()) {
    core.dispatcher.progressed(node.identity.node, StreamId(stream.stream_id()),
                               stream.has_first_token());
  }
}

void on_finished(ServerCore& core,
                 NodeRecord& node,
                 const v1::Finished& message,
                 const Moment& moment) {
  const Result<RequestId> request = read_request_id(message.request_id());
  const bool is_known_status = message.status() == "done" || message.status() == "error" ||
                               message.status() == "cancelled";
  const bool has_times = message.prefill_us() >= 0 && message.decode_us() >= 0;
  if (!request || !is_known_status || !has_times) {
    ++core.counters.malformed;
    return;
  }
  const bool was_proven = node.identity.is_proven;
  core.dispatcher.finished(node,
                           {.request = *request,
                            .attempt = message.attempt(),
                            .stream = StreamId(message.stream_id()),
                            .replica = ReplicaId(message.replica_id()),
                            .usage = read(message.usage()),
                            .status = message.status(),
                            .code = printable(message.code(), 64),
                            .prefill = Duration(message.prefill_us()),
                            .decode = Duration(message.decode_us()),
                            .batch_max = message.batch_max()},
                           moment);
  core.views.nudge();
  if (was_proven == node.identity.is_proven) return;
  save_node_state(core, node);
  core.views.touch();
}

void on_echo(ServerCore& core, NodeRecord& node, const v1::Echo& echo, const Moment& moment) {
  const int64_t now_us = moment.now.time_since_epoch().count();
  if (echo.t1_us() == 0) {
    v1::Echo& reply = *core.outbox.to_agent(node.peer(), node.epoch).mutable_echo();
    reply.set_t0_us(echo.t0_us());
    reply.set_t1_us(now_us);
    reply.set_t2_us(now_us);
    return;
  }
  int64_t there_us = 0;
  int64_t away_us = 0;
  const bool is_sane = !__builtin_sub_overflow(echo.t2_us(), echo.t1_us(), &there_us) &&
                       !__builtin_sub_overflow(now_us, echo.t0_us(), &away_us) &&
                       there_us >= 0 && away_us >= there_us &&
                       Duration(away_us - there_us) <= kRoundTripMax;
  if (!is_sane) {
    ++core.counters.malformed;
    return;
  }
  node.round_trip.add(Duration(away_us - there_us));
  core.views.nudge();
}

void on_leave(ServerCore& core, NodeRecord& node, const Moment& moment) {
  const uint64_t epoch = node.epoch;
  core.membership.lost(node);
  end_registration(core, node.identity.node, epoch, moment);
  core.deployer.node_over(node.identity.node);
  tell_node(core, node, moment);
}

}  // namespace

void on_agent_message(ServerCore& core,
                      const Peer& from,
                      const v1::Envelope& message,
                      const Moment& moment) {
  if (from.value().compare(0, kTicketPrefix.size(), kTicketPrefix) == 0) {
    return on_ticket_message(core, from, message, moment);
  }
  NodeRecord* node = core.membership.find(node_of(from));
  const bool may_speak =
      node != nullptr && node->identity.is_approved && !node->identity.is_revoked;
  if (!may_speak) {
    ++core.counters.unexpected;
    return;
  }
  if (message.body_case() == v1::Envelope::kRegistration) {
    return on_register(core, *node, message, moment);
  }
  if (!is_current(core, *node, message)) return;
  switch (message.body_case()) {
    case v1::Envelope::kHeartbeat:
      return on_heartbeat(core, *node, message, moment);
    case v1::Envelope::kProgress:
      return on_progress(core, *node, message.progress());
    case v1::Envelope::kFinished:
      return on_finished(core, *node, message.finished(), moment);
    case v1::Envelope::kEcho:
      return on_echo(core, *node, message.echo(), moment);
    case v1::Envelope::kLeave:
      return on_leave(core, *node, moment);
    default:
      ++core.counters.unexpected;
  }
}

}  // namespace suan::scheduler
