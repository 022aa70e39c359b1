#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "web_api/http/message.h"
#include "web_api/http/reply.h"

namespace suan::web_api {

/// Who may call a route. `Open` is for /health, /ready and the page's own files alone (A1).
enum class Access : uint8_t { Open, AnyKey, Request, Operate, Research, Metrics, Admin };

[[nodiscard]] std::string_view to_string(Access access);

/// Errors:   Forbidden  names the right that is missing
[[nodiscard]] Result<void> require(Access access, const Rights& rights);

/// Answers one request, now or later, through `reply`. Runs on the connection's thread, so it
/// never waits. An exception that leaves it becomes a 500 and a log line.
using Handler = std::function<void(Request request, std::shared_ptr<Reply> reply)>;

/// A line of the route table.
struct Route {
  std::string method;
  std::string pattern;  // `/v1/models/{id}`: a part in braces matches one segment
  Access access = Access::AnyKey;
  std::string summary;  // one sentence for openapi.json
  Handler handler;
};

/// What `Router::match` found. Neither `route` nor `allowed`: 404.
struct Match {
  const Route* route = nullptr;
  std::vector<std::pair<std::string, std::string>> params;
  std::string allowed;  // 405: the methods that this path has, for the Allow header
};

/// The table of all routes; whole before the server starts, then read by all its threads.
class Router {
 public:
  void add(Route route);

  /// HEAD is matched as GET.
  [[nodiscard]] Match match(std::string_view method, std::string_view path) const;

  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace suan::web_api
