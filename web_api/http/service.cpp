#include "web_api/http/service.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "catalog/types/text.h"
#include "web_api/http/errors.h"

namespace suan::web_api {

namespace {

constexpr size_t kLoggedPathBytes = 120;

tl::unexpected<Turned> turn(Answer answer, bool must_close) {
  return tl::unexpected<Turned>({std::move(answer), must_close});
}

/// A browser's question before a cross-origin call; answered without a key, since it has none.
Answer preflight_answer(const std::string& origin) {
  return {.status = 204,
          .content_type = "",
          .headers = {{"Access-Control-Allow-Origin", origin},
                      {"Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE"},
                      {"Access-Control-Allow-Headers", "authorization, content-type"},
                      {"Access-Control-Max-Age", "600"},
                      {"Vary", "Origin"}},
          .body = {}};
}

/// Names and values are ours, but what a value was made from may not be.
void append_header(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ");
  for (const char c : value) {
    if (c != '\r' && c != '\n' && c != '\0') head += c;
  }
  head += "\r\n";
}

}  // namespace

Service::Service(HttpOptions options,
                 HostNames hosts,
                 const Router& router,
                 Authenticator& authenticator,
                 Metrics& metrics)
    : options_(std::move(options)),
      hosts_(std::move(hosts)),
      router_(router),
      authenticator_(authenticator),
      metrics_(metrics),
      memory_(options_.limits.memory_bytes) {}

tl::expected<Admitted, Turned> Service::admit(Head head, const std::string& address) {
  const auto framing = check_head(head, hosts_, options_.limits);
  if (!framing) {
    return turn(status_answer(framing.error().status, framing.error().message), true);
  }
  auto target = parse_target(head.target, options_.limits);
  if (!target) {
    return turn(status_answer(target.error().status, target.error().message), true);
  }
  if (memory_.pressure() == Pressure::Refuse) {
    metrics_.refused("memory");
    return turn(status_answer(503, "the server is short of memory"), true);
  }

  Admitted admitted;
  admitted.framing = *framing;
  admitted.request = {.method = std::move(head.method),
                      .path = std::move(target->path),
                      .params = {},
                      .query = std::move(target->query),
                      .headers = std::move(head.fields),
                      .body = {},
                      .address = address,
                      .identity = {}};
  admitted.allow_origin = allowed_origin(admitted.request);

  const bool must_close = framing->has_body() || !framing->wants_keep_alive;
  if (admitted.request.method == "OPTIONS" && !admitted.allow_origin.empty()) {
    return turn(preflight_answer(admitted.allow_origin), must_close);
  }
  Match match = router_.match(admitted.request.method, admitted.request.path);
  if (match.route == nullptr && match.allowed.empty()) {
    return turn(status_answer(404, "no such path"), must_close);
  }
  if (match.route == nullptr) {
    Answer answer = status_answer(405, "this path has other methods: " + match.allowed);
    answer.headers.push_back({"Allow", match.allowed});
    return turn(std::move(answer), must_close);
  }
  admitted.route = match.route;
  admitted.request.params = std::move(match.params);
  return admitted;
}

void Service::log(const Route* route,
                  std::string_view method,
                  std::string_view path,
                  std::string_view address,
                  int status,
                  Duration took) {
  metrics_.request_ended(route == nullptr ? std::string_view("none") : route->pattern, status,
                         took);
  spdlog::info("http {} {} {} {} {:.1f} ms", address, printable(method, 16),
               printable(path, kLoggedPathBytes), status, to_ms(took));
}

std::string Service::allowed_origin(const Request& request) const {
  const std::string_view origin = request.header("origin");
  const auto& listed = options_.cors_origins;
  const bool is_listed = std::find(listed.begin(), listed.end(), origin) != listed.end();
  return is_listed ? std::string(origin) : std::string();
}

std::string format_head(const Answer& answer,
                        std::string_view framing,
                        std::string_view allow_origin,
                        bool is_closing) {
  std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  head.append(reason_phrase(answer.status)).append("\r\n");
  if (!framing.empty()) head.append(framing).append("\r\n");
  if (!answer.content_type.empty()) append_header(head, "Content-Type", answer.content_type);
  append_header(head, "X-Content-Type-Options", "nosniff");
  bool has_cache_rule = false;
  for (const Header& header : answer.headers) {
    append_header(head, header.name, header.value);
    has_cache_rule = has_cache_rule || header.name == "Cache-Control";
  }
  if (!has_cache_rule) append_header(head, "Cache-Control", "no-store");
  if (!allow_origin.empty()) {
    append_header(head, "Access-Control-Allow-Origin", allow_origin);
    append_header(head, "Vary", "Origin");
  }
  if (is_closing) append_header(head, "Connection", "close");
  head += "\r\n";
  return head;
}

}  // namespace suan::web_api
