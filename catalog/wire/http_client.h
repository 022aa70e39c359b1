#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/types/result.h"
#include "catalog/types/time.h"

namespace suan {

struct HttpUrl {
  std::string host;
  std::string port;
  std::string path;  // with the query
  bool is_tls = false;
};

/// Errors:   BadRequest  not http:// or https:// with a host
[[nodiscard]] Result<HttpUrl> parse_http_url(const std::string& text);

struct HttpRequest {
  std::string method = "GET";
  HttpUrl url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Duration timeout = 60s;  // for the whole exchange
  size_t answer_bytes_max = 64U << 20U;
};

struct HttpAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;  // empty for `post_stream`, whose chunks went to `on_chunk`

  [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// HTTP/1.1 client on one thread of its own; connections are kept alive and used again.
///
/// For upstreams, load generation and cli. Many exchanges at once; no order between them.
/// Threads:  any thread may call; callbacks run on the client's thread.
class HttpClient {
 public:
  using OnChunk = std::function<void(std::string_view bytes)>;
  using OnEnd = std::function<void(Result<HttpAnswer> answer)>;

  explicit HttpClient(size_t connections_max = 256);
  ~HttpClient();  // ends what runs with Cancelled
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Calls `on_chunk` as bytes of the body arrive, then `on_end` exactly once.
  /// Errors (in `on_end`):  Unavailable  no connection; TimedOut; TooLarge; Internal  broken answer
  void stream(HttpRequest request, OnChunk on_chunk, OnEnd on_end);

  /// Waits for the whole answer.
  [[nodiscard]] Result<HttpAnswer> fetch(HttpRequest request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Splits a stream of server-sent events into the `data:` of each.
class SseReader {
 public:
  /// Feeds bytes as they come; `on_data` gets each complete event's data.
  /// Errors:   TooLarge  one event above 1 MiB
  Result<void> feed(std::string_view bytes,
                    const std::function<void(std::string_view)>& on_data);

 private:
  void take_line(const std::function<void(std::string_view)>& on_data);

  std::string line_;  // begun, not ended
  std::string data_;  // of the event so far
  bool has_data_ = false;
};

}  // namespace suan
