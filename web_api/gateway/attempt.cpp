#include "web_api/gateway/attempt.h"

#include <algorithm>
#include <cassert>
#include <limits>

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

int64_t amount_of(const Usage& usage, const Prices& prices) {
  const uint32_t cached = std::min(usage.cached_tokens, usage.prompt_tokens);
  int64_t amount = 0;
  const auto add = [&amount](uint32_t tokens, int64_t price_n) {
    int64_t cost = 0;
    const bool overflows = __builtin_mul_overflow(int64_t{tokens}, price_n, &cost) ||
                           __builtin_add_overflow(amount, cost, &amount);
    if (overflows) amount = std::numeric_limits<int64_t>::max();
  };
  add(usage.prompt_tokens - cached, prices.input_n_per_token);
  add(cached, prices.cached_n_per_token);
  add(usage.completion_tokens, prices.output_n_per_token);
  return amount;
}

UsageRow usage_row_of(const ActiveRequest& request,
                      const Usage& usage,
                      std::string status,
                      WallTime at) {
  const int64_t amount_n = status == "error" ? 0 : amount_of(usage, request.prices);
  return {.request = request.facts.request,
          .attempt = request.facts.attempt,
          .account = request.facts.account,
          .model = request.facts.model,
          .site = request.where.site,
          .node = request.where.node,
          .usage = usage,
          .amount_n = amount_n,
          .status = std::move(status),
          .at = at};
}

}  // namespace suan::web_api
