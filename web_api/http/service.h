#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "web_api/http/authenticator.h"
#include "web_api/http/head_rules.h"
#include "web_api/http/metrics.h"
#include "web_api/http/options.h"
#include "web_api/http/overload.h"
#include "web_api/http/router.h"

namespace suan::web_api {

/// A request that may go on: its head is sound and its route exists. Its key is not checked yet.
struct Admitted {
  const Route* route = nullptr;
  Request request;  // without body and identity
  Framing framing;
  std::string allow_origin;  // for the CORS header; empty: none
};

/// A request that ends at its head.
struct Turned {
  Answer answer;
  bool must_close = true;
};

/// What all connections share: the rules by which a head becomes a request, and the books.
///
/// Threads:  any.
class Service {
 public:
  /// `router` (whole by now), `authenticator` and `metrics` outlive the service.
  Service(HttpOptions options,
          HostNames hosts,
          const Router& router,
          Authenticator& authenticator,
          Metrics& metrics);

  [[nodiscard]] tl::expected<Admitted, Turned> admit(Head head, const std::string& address);

  [[nodiscard]] const HttpLimits& limits() const { return options_.limits; }

  [[nodiscard]] Authenticator& authenticator() { return authenticator_; }

  [[nodiscard]] Metrics& metrics() { return metrics_; }

  [[nodiscard]] MemoryGuard& memory() { return memory_; }

  /// One line per answered request, without query, key or body (A9), and the metrics.
  void log(const Route* route,
           std::string_view method,
           std::string_view path,
           std::string_view address,
           int status,
           Duration took);

 private:
  [[nodiscard]] std::string allowed_origin(const Request& request) const;

  HttpOptions options_;
  HostNames hosts_;
  const Router& router_;
  Authenticator& authenticator_;
  Metrics& metrics_;
  MemoryGuard memory_;
};

/// The bytes of an answer's status line and headers, with the blank line. `framing` is
/// `Content-Length: N` or `Transfer-Encoding: chunked` or "".
[[nodiscard]] std::string format_head(const Answer& answer,
                                      std::string_view framing,
                                      std::string_view allow_origin,
                                      bool is_closing);

}  // namespace suan::web_api
