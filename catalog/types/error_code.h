#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace suan {

/// One code per distinct reaction of the caller; the cause goes into the message.
enum class ErrorCode : uint8_t {
  BadRequest,       // malformed or out of range: the caller must change the request
  Unauthorized,     // no key, or not a known one
  Forbidden,        // known, but without this right
  PaymentRequired,  // balance or quota spent
  NotFound,         // unknown object, or somebody else's
  UnknownModel,     // no such model service
  TimedOut,         // the sender was too slow, or a deadline passed
  TooLarge,         // body or message above its limit
  Unsatisfiable,    // no site may ever serve these wishes
  NoCapacity,       // nothing is free now: try later
  Overloaded,       // rate limit, or the predicted wait is too long
  Unavailable,      // shutting down, or nothing can serve now
  ReplicaGone,      // the replica is not there any more: place again
  NodeLost,         // the node vanished while it worked
  Cancelled,        // the client left
  Conflict,         // the object changed or exists already
  Internal,         // our fault
};

/// The HTTP status of `code`; the only place that maps one to the other.
[[nodiscard]] int http_status(ErrorCode code);

/// The name used on the wire, in logs and as `error.code` in JSON: `no_capacity`, ...
[[nodiscard]] std::string_view to_string(ErrorCode code);

/// The inverse of `to_string`; nothing for an unknown name.
[[nodiscard]] std::optional<ErrorCode> error_code_of(std::string_view name);

/// Exit code of the command line for a refusal with `code`: 1 failed, 3 refused by the network.
[[nodiscard]] int exit_code(ErrorCode code);

}  // namespace suan
