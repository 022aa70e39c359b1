#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "web_api/accounts/keys.h"

namespace suan::web_api {

struct Header {
  std::string name;  // lower case in requests
  std::string value;
};

/// A request whose head was checked, whose key is known, and whose body is here, whole.
struct Request {
  std::string method;
  std::string path;                                         // decoded once
  std::vector<std::pair<std::string, std::string>> params;  // of the route's pattern
  std::vector<std::pair<std::string, std::string>> query;   // decoded once
  std::vector<Header> headers;
  std::string body;
  std::string address;  // the client's, without its port
  Identity identity;    // as the key says; empty on open routes

  /// The first header of that (lower-case) name, or "".
  [[nodiscard]] std::string_view header(std::string_view name) const;
  /// What the path has at `{name}`, or "".
  [[nodiscard]] std::string_view param(std::string_view name) const;
  [[nodiscard]] std::optional<std::string_view> query_value(std::string_view name) const;
};

/// What goes back. Content-Length, Connection and the protective headers are added on sending.
struct Answer {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<Header> headers;
  std::string body;
};

/// `OK`, `Not Found`, ...: the reason phrase of the statuses that Suan uses.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace suan::web_api
