#pragma once

#include <string_view>

namespace suan {

/// Whether rows of `table` may be added but never changed or deleted.
///
/// SQLite refuses such statements through its authorizer; in PostgreSQL the administrator gives the
/// role of the server neither UPDATE nor DELETE (README.md has the statement).
[[nodiscard]] bool is_append_only(std::string_view table);

/// The one exception: deletes the oldest decisions, so that $1 remain.
inline constexpr std::string_view kPruneDecisions = R"sql(
  DELETE FROM decision WHERE (at_us, request_id, attempt) <
    (SELECT at_us, request_id, attempt FROM decision
     ORDER BY at_us DESC, request_id DESC, attempt DESC LIMIT 1 OFFSET $1))sql";

}  // namespace suan
