#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "web_api/http/authenticator.h"
#include "web_api/http/metrics.h"
#include "web_api/http/options.h"
#include "web_api/http/router.h"

namespace suan::web_api {

/// The HTTP server: several threads, each with its own connections from accept to close.
class HttpServer {
 public:
  /// `authenticator` and `metrics` outlive the server. Throws std::runtime_error for a malformed
  /// `listen` and for a certificate or key that cannot be used; the sentence names it.
  HttpServer(const HttpOptions& options,
             Router router,
             Authenticator& authenticator,
             Metrics& metrics);
  ~HttpServer();  // as stop(0)
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Binds and serves. Throws std::runtime_error when the address is taken or not ours.
  void start();

  /// The port in use, also when the system chose it. Requires: started.
  [[nodiscard]] uint16_t port() const;

  /// `http://127.0.0.1:8080`: where to point a client. Requires: started.
  [[nodiscard]] std::string url() const;

  /// Accepts nothing more, lets requests end for at most `drain`, then cuts the rest and
  /// joins the threads. Idle connections are closed at once. Not from a handler.
  void stop(Duration drain);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace suan::web_api
