#include "web_api/http/router.h"

#include <algorithm>
#include <cassert>
#include <optional>

namespace suan::web_api {

namespace {

using Params = std::vector<std::pair<std::string, std::string>>;

/// Takes the first segment off `path`, which begins with a slash.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::optional<Params> match_pattern(std::string_view pattern, std::string_view path) {
  Params params;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = take_segment(pattern);
    const std::string_view found = take_segment(path);
    if (is_parameter(wanted)) {
      if (found.empty()) return std::nullopt;
      params.emplace_back(wanted.substr(1, wanted.size() - 2), found);
    } else if (wanted != found) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return params;
}

}  // namespace

std::string_view to_string(Access access) {
  switch (access) {
    case Access::Open:
      return "open";
    case Access::AnyKey:
      return "any key";
    case Access::Request:
      return "request";
    case Access::Operate:
      return "operate:SITE";
    case Access::Research:
      return "research";
    case Access::Metrics:
      return "metrics";
    case Access::Admin:
      return "admin";
  }
  return "admin";
}

Result<void> require(Access access, const Rights& rights) {
  switch (access) {
    case Access::Open:
    case Access::AnyKey:
      return {};
    case Access::Request:
      return require_request(rights);
    case Access::Operate:
      if (rights.may_operate_any()) return {};
      return fail(ErrorCode::Forbidden, "this key lacks the right operate:SITE");
    case Access::Research:
      return require_research(rights);
    case Access::Metrics:
      return require_metrics(rights);
    case Access::Admin:
      return require_admin(rights);
  }
  return require_admin(rights);
}

void Router::add(Route route) {
  assert(!route.pattern.empty());
  assert(route.pattern.front() == '/');
  assert(route.handler);
  routes_.push_back(std::move(route));
}

Match Router::match(std::string_view method, std::string_view path) const {
  const std::string_view wanted = method == "HEAD" ? std::string_view("GET") : method;
  Match match;
  if (path.empty() || path.front() != '/') return match;
  for (const Route& route : routes_) {
    auto params = match_pattern(route.pattern, path);
    if (!params) continue;
    if (route.method == wanted) {
      match.route = &route;
      match.params = std::move(*params);
      match.allowed.clear();
      return match;
    }
    if (match.allowed.find(route.method) != std::string::npos) continue;
    if (!match.allowed.empty()) match.allowed += ", ";
    match.allowed += route.method;
  }
  return match;
}

}  // namespace suan::web_api
