#include "web_api/gateway/attempt.h"

#include <cassert>

namespace suan::web_api {

namespace {

/// Errors that another replica would answer with, too.
bool is_requests_fault(ErrorCode code) {
  switch (code) {
    case ErrorCode::BadRequest:
    case ErrorCode::TooLarge:
    case ErrorCode::Unsatisfiable:
    case ErrorCode::Cancelled:
    case ErrorCode::TimedOut:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool may_retry(const ActiveRequest& request,
               const Error& error,
               bool is_final,
               uint32_t attempts_max,
               Time now) {
  if (is_final || is_requests_fault(error.code)) return false;
  if (request.first_token) return false;
  return request.facts.attempt < attempts_max && now < request.deadline;
}

void begin_next_attempt(ActiveRequest& request, StreamId stream_id, Time now) {
  assert(!request.first_token);
  if (request.where.replica.is_set()) request.facts.excluded.push_back(request.where.replica);
  request.facts.attempt += 1;
  request.facts.deadline = request.deadline - now;
  request.phase = Phase::Placing;
  request.stream_id = stream_id;
  request.where = {};
  request.node_epoch = 0;
  request.body_sent = 0;
  request.body_credit = 0;
  request.next_index = 0;
  request.seen = {};
  request.early_failure.reset();
}

UsageRow usage_row_of(const ActiveRequest& request,
                      const Usage& usage,
                      std::string status,
                      WallTime at) {
  // Counts that have no price were refused where they came in.
  const int64_t amount = status == "error" ? 0 : amount_n(usage, request.prices).value_or(0);
  return {.request = request.facts.request,
          .attempt = request.facts.attempt,
          .account = request.facts.account,
          .model = request.facts.model,
          .site = request.where.site,
          .node = request.where.node,
          .usage = usage,
          .amount_n = amount,
          .status = std::move(status),
          .at = at};
}

}  // namespace suan::web_api
