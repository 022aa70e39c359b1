#include "catalog/types/error_code.h"

#include <array>

namespace suan {

namespace {

struct Row {
  ErrorCode code;
  std::string_view name;
  int http_status;
  int exit_code;
};

constexpr std::array<Row, 17> kRows{{
    {ErrorCode::BadRequest, "bad_request", 400, 1},
    {ErrorCode::Unauthorized, "unauthorized", 401, 3},
    {ErrorCode::Forbidden, "forbidden", 403, 3},
    {ErrorCode::PaymentRequired, "insufficient_quota", 402, 3},
    {ErrorCode::NotFound, "not_found", 404, 1},
    {ErrorCode::UnknownModel, "model_not_found", 404, 1},
    {ErrorCode::TimedOut, "timed_out", 408, 1},
    {ErrorCode::TooLarge, "too_large", 413, 1},
    {ErrorCode::Unsatisfiable, "unsatisfiable", 422, 3},
    {ErrorCode::NoCapacity, "no_capacity", 503, 3},
    {ErrorCode::Overloaded, "rate_limit_exceeded", 429, 3},
    {ErrorCode::Unavailable, "unavailable", 503, 3},
    {ErrorCode::ReplicaGone, "replica_gone", 503, 3},
    {ErrorCode::NodeLost, "node_lost", 502, 1},
    {ErrorCode::Cancelled, "cancelled", 499, 130},
    {ErrorCode::Conflict, "conflict", 409, 1},
    {ErrorCode::Internal, "internal_error", 500, 1},
}};

constexpr bool rows_are_in_the_order_of_the_enum() {
  for (size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<size_t>(kRows[i].code) != i) return false;
  }
  return true;
}

static_assert(rows_are_in_the_order_of_the_enum());

const Row& row_of(ErrorCode code) {
  return kRows.at(static_cast<size_t>(code));
}

}  // namespace

int http_status(ErrorCode code) {
  return row_of(code).http_status;
}

std::string_view to_string(ErrorCode code) {
  return row_of(code).name;
}

std::optional<ErrorCode> error_code_of(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.code;
  }
  return std::nullopt;
}

int exit_code(ErrorCode code) {
  return row_of(code).exit_code;
}

}  // namespace suan
