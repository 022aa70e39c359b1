#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catalog/types/result.h"
#include "catalog/types/time.h"
#include "web_api/http/message.h"

namespace suan::web_api {

/// `{"error":{"message","type","param","code"}}`: the one shape of every error, on any path
/// and inside event streams.
[[nodiscard]] std::string error_json(const Error& error);

/// The answer that says `error`. 429 and 503 always carry Retry-After (1 s unless told).
/// The text of an Internal error stays here: it goes to the log, not to the client (H13).
[[nodiscard]] Answer error_answer(const Error& error,
                                  std::optional<Duration> retry_after = std::nullopt);

/// An error of HTTP itself (405, 408, 431, ...), which has no ErrorCode.
[[nodiscard]] Answer status_answer(int status, std::string_view message);

}  // namespace suan::web_api
