#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "web_api/http/message.h"
#include "web_api/http/options.h"

namespace suan::web_api {

/// A request's head as the parser of the library left it.
struct Head {
  std::string method;
  std::string target;
  bool is_http_1_0 = false;
  std::vector<Header> fields;  // names in lower case
};

/// A head that is not served; the connection is closed after the answer.
struct HeadRefusal {
  int status = 400;
  std::string message;
};

/// How the body comes, once the head was found sound.
struct Framing {
  uint64_t content_length = 0;
  bool is_chunked = false;
  bool expects_continue = false;
  bool wants_keep_alive = true;
  bool is_http_1_0 = false;

  [[nodiscard]] bool has_body() const { return is_chunked || content_length > 0; }
};

/// The names that this server answers to (H5), which is what stops DNS rebinding.
struct HostNames {
  std::vector<std::string> names;  // lower case, without port
  bool any_literal = false;        // listening on a wildcard: every literal address is ours

  [[nodiscard]] bool has(std::string_view host) const;
};

struct Target {
  std::string path;                                        // decoded once
  std::vector<std::pair<std::string, std::string>> query;  // decoded once
};

/// The rules that the library lacks: H1 (fields), H3, H4, H5, H6, H8 and the methods of H9.
[[nodiscard]] tl::expected<Framing, HeadRefusal> check_head(const Head& head,
                                                            const HostNames& hosts,
                                                            const HttpLimits& limits);

/// Splits an origin-form target (H9): percent-decoded once; NUL, slash, CR and LF may not hide
/// behind a percent sign, and neither `..` nor a backslash is a path.
[[nodiscard]] tl::expected<Target, HeadRefusal> parse_target(std::string_view target,
                                                             const HttpLimits& limits);

/// The names for a `--listen` of `host:port` and the `--public-name`s.
[[nodiscard]] HostNames host_names(std::string_view listen_host,
                                   const std::vector<std::string>& public_names);

}  // namespace suan::web_api
