#include "catalog/wire/http_client.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <deque>
#include <future>
#include <map>
#include <set>
#include <sys/socket.h>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include "catalog/wire/http_exchange.h"

namespace suan {

namespace {

namespace asio = boost::asio;

constexpr size_t kWaitingMax = 10'000;
constexpr auto kIdleMax = std::chrono::seconds(15);  // servers close after more than that

struct IdleConnection {
  HttpConnection connection;
  std::chrono::steady_clock::time_point since;
};

/// Connections with the same key go to the same place.
std::string key_of(const HttpUrl& url) {
  return fmt::format("{}{}:{}", url.is_tls ? "tls " : "", url.host, url.port);
}

/// A server closes idle connections when it likes; what it then sent (or its end) is readable.
bool is_usable(const IdleConnection& idle) {
  if (std::chrono::steady_clock::now() - idle.since > kIdleMax) return false;
  char byte = 0;
  const int fd = idle.connection.socket().native_handle();
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

bool is_clean(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

/// What would end a line would begin another header, or another request.
bool has_clean_head(const HttpRequest& request) {
  return is_clean(request.method) && is_clean(request.url.path) && is_clean(request.url.host) &&
         std::all_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
           return is_clean(header.first) && is_clean(header.second);
         });
}

std::unique_ptr<asio::ssl::context> make_tls() {
  auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  tls->set_default_verify_paths();
  SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
  return tls;
}

}  // namespace

struct HttpClient::State {
  explicit State(size_t the_connections_max) : connections_max(the_connections_max) {}

  using Exchanges = std::set<std::shared_ptr<HttpExchange>>;

  void run();
  void take(HttpRequest request, OnChunk on_chunk, OnEnd on_end);
  void begin(const std::shared_ptr<HttpExchange>& exchange, const std::string& key);
  void begin_waiting();
  std::optional<HttpConnection> take_idle(const std::string& key);
  void keep(const std::string& key, std::optional<HttpConnection> idle);
  void abort_all();

  size_t connections_max;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
  std::unique_ptr<asio::ssl::context> tls;  // made when first needed: it reads all certificates
  std::map<std::string, std::vector<IdleConnection>> idle_connections;
  Exchanges running;
  std::deque<std::pair<std::shared_ptr<HttpExchange>, std::string>> waiting;
  bool is_ending = false;
  std::thread thread;
};

HttpClient::HttpClient(size_t connections_max)
    : state_(std::make_unique<State>(std::max<size_t>(1, connections_max))) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

HttpClient::~HttpClient() {
  asio::post(state_->io, [state = state_.get()] { state->abort_all(); });
  state_->work.reset();
  state_->thread.join();
}

void HttpClient::stream(HttpRequest request, OnChunk on_chunk, OnEnd on_end) {
  asio::post(state_->io,
             [state = state_.get(), request = std::move(request),
              on_chunk = std::move(on_chunk), on_end = std::move(on_end)]() mutable {
               state->take(std::move(request), std::move(on_chunk), std::move(on_end));
             });
}

Result<HttpAnswer> HttpClient::fetch(HttpRequest request) {
  assert(std::this_thread::get_id() != state_->thread.get_id());  // would wait for itself
  auto body = std::make_shared<std::string>();
  auto ended = std::make_shared<std::promise<Result<HttpAnswer>>>();
  auto answer = ended->get_future();
  stream(
      std::move(request), [body](std::string_view bytes) { body->append(bytes); },
      [body, ended](Result<HttpAnswer> result) {
        if (result) result->body = std::move(*body);
        ended->set_value(std::move(result));
      });
  return answer.get();
}

void HttpClient::State::run() {
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception& error) {
      spdlog::error("a callback of the HTTP client failed: {}", error.what());
    }
  }
}

void HttpClient::State::take(HttpRequest request, OnChunk on_chunk, OnEnd on_end) {
  if (is_ending) return on_end(fail(ErrorCode::Cancelled, "the client is closing"));
  if (!has_clean_head(request)) {
    return on_end(fail(ErrorCode::BadRequest, "a header of the request has a line break"));
  }
  if (waiting.size() >= kWaitingMax) {
    return on_end(fail(ErrorCode::Overloaded, "{} requests wait already", waiting.size()));
  }

  if (request.url.is_tls && tls == nullptr) tls = make_tls();
  const std::string key = key_of(request.url);
  const auto self = std::make_shared<std::weak_ptr<HttpExchange>>();
  auto exchange =
      make_exchange(io, tls.get(), std::move(request), std::move(on_chunk),
                    [this, key, self, on_end = std::move(on_end)](
                        Result<HttpAnswer> answer, std::optional<HttpConnection> idle) {
                      keep(key, std::move(idle));
                      running.erase(self->lock());
                      on_end(std::move(answer));
                      begin_waiting();
                    });
  *self = exchange;
  if (running.size() < connections_max) return begin(exchange, key);
  waiting.emplace_back(std::move(exchange), key);
}

void HttpClient::State::begin(const std::shared_ptr<HttpExchange>& exchange,
                              const std::string& key) {
  running.insert(exchange);
  // One that has ended meanwhile, by its deadline, has told so itself.
  if (!exchange->begin(take_idle(key))) running.erase(exchange);
}

void HttpClient::State::begin_waiting() {
  while (!waiting.empty() && running.size() < connections_max) {
    const auto [exchange, key] = std::move(waiting.front());
    waiting.pop_front();
    begin(exchange, key);
  }
}

std::optional<HttpConnection> HttpClient::State::take_idle(const std::string& key) {
  auto& connections = idle_connections[key];
  while (!connections.empty()) {
    IdleConnection idle = std::move(connections.back());
    connections.pop_back();
    if (is_usable(idle)) return std::move(idle.connection);
  }
  return std::nullopt;
}

void HttpClient::State::keep(const std::string& key, std::optional<HttpConnection> idle) {
  auto& connections = idle_connections[key];
  if (!idle || is_ending || connections.size() >= connections_max) return;
  connections.push_back({std::move(*idle), std::chrono::steady_clock::now()});
}

void HttpClient::State::abort_all() {
  is_ending = true;
  idle_connections.clear();
  Exchanges all = running;
  for (const auto& [exchange, key] : std::exchange(waiting, {}))
    all.insert(exchange);
  for (const auto& exchange : all) {
    exchange->abort({ErrorCode::Cancelled, "the client is closing", {}});
  }
}

}  // namespace suan
