#include <algorithm>

#include "catalog/types/text.h"
#include "catalog/wire/http_client.h"

namespace suan {

namespace {

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

bool is_port(std::string_view text) {
  const bool has_digits = !text.empty() && text.size() <= 5 &&
                          text.find_first_not_of("0123456789") == std::string_view::npos;
  return has_digits && std::stoul(std::string(text)) <= 65535;
}

/// Splits `host:port`, `[::1]:port` or a host alone; the port is then left as it was.
bool split_authority(std::string_view authority, HttpUrl& url) {
  std::string_view rest;
  if (!authority.empty() && authority.front() == '[') {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return false;
    url.host = authority.substr(1, end - 1);
    rest = authority.substr(end + 1);
  } else {
    const size_t end = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, end);
    rest = authority.substr(end);
  }
  if (url.host.empty()) return false;
  if (rest.empty()) return true;
  url.port = rest.substr(1);
  return rest.front() == ':' && is_port(url.port);
}

}  // namespace

Result<HttpUrl> parse_http_url(const std::string& text) {
  const auto refuse = [&] {
    return fail(ErrorCode::BadRequest, "\"{}\" is no address of the form http://host:port/path",
                printable(text));
  };
  std::string_view rest = text;
  HttpUrl url;
  for (const bool is_tls : {false, true}) {
    const std::string_view scheme = is_tls ? "https://" : "http://";
    if (rest.substr(0, scheme.size()) != scheme) continue;
    rest.remove_prefix(scheme.size());
    url.is_tls = is_tls;
    url.port = is_tls ? "443" : "80";
    break;
  }
  if (url.port.empty() || !is_plain(rest)) return refuse();

  const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  const bool has_user = authority.find('@') != std::string_view::npos;
  if (has_user || !split_authority(authority, url)) return refuse();
  std::string_view path = rest.substr(end);
  path = path.substr(0, path.find('#'));
  url.path = path.empty() || path.front() != '/' ? "/" + std::string(path) : std::string(path);
  return url;
}

std::string_view HttpAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace suan
