#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "bench/target.h"
#include "catalog/wire/http_client.h"

namespace suan::bench {

struct HttpTargetOptions {
  std::string base_url;  // http://127.0.0.1:7380
  std::string api_key;
};

/// The users' path: streamed `/v1/completions` over HTTP, pinned to a site by X-Suan-Site.
///
/// Arrival times are taken on the HTTP client's thread, as the bytes come.
class HttpTarget final : public Target {
 public:
  /// Throws std::invalid_argument for a URL that is none.
  explicit HttpTarget(HttpTargetOptions options);
  ~HttpTarget() override;

  [[nodiscard]] int64_t now_ns() const override;
  void start(const Timeline& timeline,
             const ScheduledRequest& request,
             Callbacks callbacks) override;
  void wait(int64_t until_ns) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace suan::bench
