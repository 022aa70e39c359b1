#include "web_api/http/server.h"

#include <algorithm>
#include <cassert>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "web_api/http/listener.h"
#include "web_api/http/tls.h"

namespace suan::web_api {

namespace {

constexpr uint32_t kThreadsMax = 8;

uint32_t thread_count(uint32_t wished) {
  if (wished > 0) return wished;
  return std::clamp(std::thread::hardware_concurrency(), 1U, kThreadsMax);
}

}  // namespace

struct HttpServer::State {
  State(const HttpOptions& options_in,
        Router router_in,
        Authenticator& authenticator,
        Metrics& metrics)
      : options(options_in),
        endpoint(parse_listen(options.listen)),
        router(std::move(router_in)),
        counts(connection_limit(options.limits.connections),
               options.limits.connections_per_address),
        service(options,
                host_names(options.listen.substr(0, options.listen.rfind(':')),
                           options.public_names),
                router,
                authenticator,
                metrics) {
    if (!options.tls_cert.empty() || !options.tls_key.empty()) {
      tls = make_tls_context(options.tls_cert, options.tls_key);
    }
  }

  HttpOptions options;
  boost::asio::ip::tcp::endpoint endpoint;
  Router router;
  ConnectionCounts counts;
  Service service;
  std::unique_ptr<boost::asio::ssl::context> tls;
  std::vector<std::unique_ptr<Listener>> listeners;
};

HttpServer::HttpServer(const HttpOptions& options,
                       Router router,
                       Authenticator& authenticator,
                       Metrics& metrics)
    : state_(std::make_unique<State>(options, std::move(router), authenticator, metrics)) {}

HttpServer::~HttpServer() {
  stop(Duration{});
}

void HttpServer::start() {
  State& state = *state_;
  assert(state.listeners.empty());
  check_is_free(state.endpoint);
  for (uint32_t i = 0; i < thread_count(state.options.threads); ++i) {
    state.listeners.push_back(std::make_unique<Listener>(state.endpoint, state.service,
                                                         state.counts, state.tls.get()));
    // The first one learns the port when the system chooses; the others share it.
    state.endpoint = state.listeners.front()->endpoint();
  }
  for (const auto& listener : state.listeners)
    listener->start();
}

uint16_t HttpServer::port() const {
  return state_->endpoint.port();
}

std::string HttpServer::url() const {
  const auto address = state_->endpoint.address();
  std::string host = address.to_string();
  if (address.is_unspecified()) host = "127.0.0.1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("{}://{}:{}", state_->tls ? "https" : "http", host, port());
}

void HttpServer::stop(Duration drain) {
  const auto until = std::chrono::steady_clock::now() + drain;
  for (const auto& listener : state_->listeners)
    listener->begin_drain(until);
  for (const auto& listener : state_->listeners)
    listener->join();
  state_->listeners.clear();
}

}  // namespace suan::web_api
