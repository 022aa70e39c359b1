#include "cli/client.h"

#include <future>
#include <memory>

#include <fmt/core.h>

#include "catalog/types/json.h"
#include "catalog/types/text.h"

namespace suan::cli {

namespace {

constexpr size_t kErrorBytesMax = 64U << 10U;

/// Exit codes of `interfaces.md` section 2: 3 when the network refused, 1 for all else.
int exit_code_of(int status) {
  switch (status) {
    case 401:
    case 402:
    case 403:
    case 422:
    case 429:
    case 503:
      return 3;
    default:
      return 1;
  }
}

}  // namespace

void end_with(const Error& error) {
  throw Failure(exit_code(error.code), error.message);
}

void end_with_answer(const HttpAnswer& answer, const std::string& body) {
  std::string message = fmt::format("the network answered with status {}", answer.status);
  if (const Result<Json> json = parse_json(body); json && json->is_object()) {
    const Json error = json->value("error", Json::object());
    if (error.is_object() && error.contains("message") && error["message"].is_string()) {
      message = printable(error["message"].get<std::string>(), 1000);
    }
  }
  throw Failure(exit_code_of(answer.status), message);
}

HttpRequest Client::request(const std::string& method,
                            const std::string& path,
                            const std::string& json) const {
  Result<HttpUrl> url = parse_http_url(network_.url);
  if (!url) end_with(url.error());
  HttpRequest request{.method = method, .url = *std::move(url), .body = json};
  if (!request.url.path.empty() && request.url.path.back() == '/') request.url.path.pop_back();
  request.url.path += path;
  if (!network_.key.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + network_.key);
  }
  if (!json.empty()) request.headers.emplace_back("Content-Type", "application/json");
  return request;
}

std::string Client::get(const std::string& path) {
  return send("GET", path, "");
}

std::string Client::send(const std::string& method,
                         const std::string& path,
                         const std::string& json) {
  const Result<HttpAnswer> answer = http_.fetch(request(method, path, json));
  if (!answer) throw Failure(1, fmt::format("{}: {}", network_.url, answer.error().message));
  if (answer->status < 200 || answer->status > 299) end_with_answer(*answer, answer->body);
  return answer->body;
}

HttpAnswer Client::stream(const std::string& method,
                          const std::string& path,
                          const std::string& json,
                          const Headers& headers,
                          Duration timeout,
                          const std::function<void(std::string_view)>& on_data) {
  HttpRequest asked = request(method, path, json);
  asked.headers.insert(asked.headers.end(), headers.begin(), headers.end());
  asked.timeout = timeout;

  // The client's thread writes these; `get` below waits for its last touch.
  SseReader reader;
  std::string head;  // kept for the error text of an answer that is no stream
  auto done = std::make_shared<std::promise<Result<HttpAnswer>>>();
  http_.stream(
      std::move(asked),
      [&](std::string_view bytes) {
        if (head.size() < kErrorBytesMax) head += bytes;
        // A broken stream shows as a missing end; what came before it still counts.
        (void)reader.feed(bytes, on_data);
      },
      [done](Result<HttpAnswer> answer) { done->set_value(std::move(answer)); });

  Result<HttpAnswer> answer = done->get_future().get();
  if (!answer) throw Failure(1, fmt::format("{}: {}", network_.url, answer.error().message));
  if (answer->status < 200 || answer->status > 299) end_with_answer(*answer, head);
  return *std::move(answer);
}

}  // namespace suan::cli
