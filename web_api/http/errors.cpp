#include "web_api/http/errors.h"

#include <algorithm>
#include <cctype>

#include <spdlog/spdlog.h>

#include "catalog/types/json.h"
#include "catalog/types/text.h"

namespace suan::web_api {

namespace {

constexpr std::string_view kInternalText = "an internal error; the operator's log has it";

/// OpenAI's `type`, by which its clients choose an exception class.
std::string_view type_of(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 402:
      return "insufficient_quota";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 429:
      return "rate_limit_error";
    default:
      return status >= 500 ? "server_error" : "invalid_request_error";
  }
}

std::string shape(std::string_view message,
                  int status,
                  std::string_view param,
                  std::string_view code) {
  Json error = {{"message", message}, {"type", type_of(status)}, {"param", nullptr}};
  error["code"] = code;
  if (!param.empty()) error["param"] = param;
  return dump_json(Json{{"error", std::move(error)}});
}

/// `Method Not Allowed` as a code: `method_not_allowed`.
std::string code_of(int status) {
  std::string code(reason_phrase(status));
  std::transform(code.begin(), code.end(), code.begin(), [](char c) {
    return c == ' ' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return code;
}

}  // namespace

std::string error_json(const Error& error) {
  const bool is_internal = error.code == ErrorCode::Internal;
  if (is_internal) spdlog::error("internal error: {}", printable(error.message, 500));
  return shape(is_internal ? kInternalText : std::string_view(error.message),
               http_status(error.code), error.param, to_string(error.code));
}

Answer error_answer(const Error& error, std::optional<Duration> retry_after) {
  Answer answer{.status = http_status(error.code), .headers = {}, .body = error_json(error)};
  if (answer.status == 429 || answer.status == 503 || retry_after) {
    const double seconds = to_seconds(retry_after.value_or(1s));
    const auto whole = std::max<int64_t>(1, static_cast<int64_t>(seconds + 0.999));
    answer.headers.push_back({"Retry-After", std::to_string(whole)});
  }
  if (answer.status == 401) answer.headers.push_back({"WWW-Authenticate", "Bearer"});
  return answer;
}

Answer status_answer(int status, std::string_view message) {
  Answer answer{
      .status = status, .headers = {}, .body = shape(message, status, "", code_of(status))};
  if (status == 429 || status == 503) answer.headers.push_back({"Retry-After", "1"});
  return answer;
}

}  // namespace suan::web_api
