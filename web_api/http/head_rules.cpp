#include "web_api/http/head_rules.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <charconv>

namespace suan::web_api {

namespace {

using Refused = tl::unexpected<HeadRefusal>;

Refused refuse(int status, std::string message) {
  return Refused(HeadRefusal{status, std::move(message)});
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return out;
}

std::vector<std::string_view> values_of(const Head& head, std::string_view name) {
  std::vector<std::string_view> values;
  for (const Header& field : head.fields) {
    if (field.name == name) values.push_back(field.value);
  }
  return values;
}

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Whether a comma-separated list (Connection) has `token`.
bool list_has(std::string_view list, std::string_view token) {
  const std::string text = lower(list);
  size_t start = 0;
  while (start <= text.size()) {
    const size_t end = std::min(text.find(',', start), text.size());
    std::string_view item = std::string_view(text).substr(start, end - start);
    while (!item.empty() && (item.front() == ' ' || item.front() == '\t'))
      item.remove_prefix(1);
    while (!item.empty() && (item.back() == ' ' || item.back() == '\t'))
      item.remove_suffix(1);
    if (item == token) return true;
    start = end + 1;
  }
  return false;
}

/// The name in a Host value; nothing when the value is no `name[:port]`.
std::optional<std::string> name_of_host(std::string_view host) {
  size_t name_end = host.find(':');
  if (!host.empty() && host.front() == '[') {
    name_end = host.find(']');
    if (name_end == std::string_view::npos) return std::nullopt;
    ++name_end;
  }
  const std::string_view name = host.substr(0, name_end);
  const std::string_view rest = host.substr(std::min(name.size(), host.size()));
  if (name.empty() || name.size() > 255) return std::nullopt;
  if (!rest.empty() && (rest.front() != ':' || !is_digits(rest.substr(1)) || rest.size() > 6)) {
    return std::nullopt;
  }
  return lower(name);
}

bool is_literal_address(const std::string& name) {
  std::array<unsigned char, 16> address{};
  if (inet_pton(AF_INET, name.c_str(), address.data()) == 1) return true;
  if (name.size() < 2 || name.front() != '[') return false;
  return inet_pton(AF_INET6, name.substr(1, name.size() - 2).c_str(), address.data()) == 1;
}

std::optional<HeadRefusal> check_host(const Head& head, const HostNames& hosts) {
  const auto values = values_of(head, "host");
  if (values.size() != 1) return HeadRefusal{400, "exactly one Host header is needed"};
  const auto name = name_of_host(values.front());
  if (!name) return HeadRefusal{400, "the Host header is malformed"};
  if (!hosts.has(*name)) return HeadRefusal{421, "this server does not answer to that Host"};
  return std::nullopt;
}

/// H3 and H4: one way to tell where the body ends, or the connection is over.
tl::expected<Framing, HeadRefusal> check_framing(const Head& head) {
  const auto lengths = values_of(head, "content-length");
  const auto codings = values_of(head, "transfer-encoding");
  Framing framing;
  if (!codings.empty()) {
    if (!lengths.empty()) {
      return refuse(400, "Transfer-Encoding and Content-Length exclude each other");
    }
    if (head.is_http_1_0) return refuse(400, "HTTP/1.0 has no Transfer-Encoding");
    if (codings.size() != 1 || lower(codings.front()) != "chunked") {
      return refuse(501, "the only Transfer-Encoding served is chunked");
    }
    framing.is_chunked = true;
    return framing;
  }
  if (lengths.empty()) return framing;
  if (lengths.size() != 1 || !is_digits(lengths.front())) {
    return refuse(400, "Content-Length must be one number");
  }
  const std::string_view text = lengths.front();
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), framing.content_length);
  if (error != std::errc() || end != text.data() + text.size()) {
    return refuse(400, "Content-Length is out of range");
  }
  return framing;
}

std::optional<HeadRefusal> check_expect(const Head& head, Framing& framing) {
  const auto values = values_of(head, "expect");
  if (values.empty()) return std::nullopt;
  if (values.size() != 1 || lower(values.front()) != "100-continue") {
    return HeadRefusal{417, "the only expectation served is 100-continue"};
  }
  framing.expects_continue = !head.is_http_1_0;
  return std::nullopt;
}

bool wants_keep_alive(const Head& head) {
  if (head.is_http_1_0) return false;
  for (const std::string_view value : values_of(head, "connection")) {
    if (list_has(value, "close")) return false;
  }
  return true;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Decodes %XX once (and `+` in queries); nothing when an escape is broken or hides a
/// character that would change what the text means.
std::optional<std::string> decode(std::string_view text, bool is_query) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_query && text[i] == '+') {
      out += ' ';
      continue;
    }
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    const char c = static_cast<char>(high * 16 + low);
    const bool is_hidden_slash = c == '/' && !is_query;
    if (c == '\0' || c == '\r' || c == '\n' || is_hidden_slash) return std::nullopt;
    out += c;
    i += 2;
  }
  return out;
}

bool has_dot_dot(std::string_view path) {
  size_t start = 0;
  while (start <= path.size()) {
    const size_t end = std::min(path.find('/', start), path.size());
    if (path.substr(start, end - start) == "..") return true;
    start = end + 1;
  }
  return false;
}

bool read_query(std::string_view text, Target& target) {
  size_t start = 0;
  while (start < text.size()) {
    const size_t end = std::min(text.find('&', start), text.size());
    const std::string_view pair = text.substr(start, end - start);
    start = end + 1;
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    const auto name = decode(pair.substr(0, equals), true);
    const auto value = decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value) return false;
    target.query.emplace_back(*name, *value);
  }
  return true;
}

}  // namespace

bool HostNames::has(std::string_view host) const {
  if (std::find(names.begin(), names.end(), host) != names.end()) return true;
  return any_literal && is_literal_address(std::string(host));
}

tl::expected<Framing, HeadRefusal> check_head(const Head& head,
                                              const HostNames& hosts,
                                              const HttpLimits& limits) {
  if (head.fields.size() > limits.header_fields) {
    return refuse(431, "more header fields than the limit");
  }
  if (head.method == "CONNECT" || head.method == "TRACE") {
    return refuse(405, "this method is not served");
  }
  if (const auto refusal = check_host(head, hosts)) return Refused(*refusal);

  auto framing = check_framing(head);
  if (!framing) return framing;
  for (const std::string_view coding : values_of(head, "content-encoding")) {
    if (lower(coding) != "identity") return refuse(415, "bodies must not be encoded");
  }
  if (const auto refusal = check_expect(head, *framing)) return Refused(*refusal);
  if (framing->content_length > limits.body_bytes) {
    return refuse(413, "the body is larger than the limit");
  }
  framing->wants_keep_alive = wants_keep_alive(head);
  framing->is_http_1_0 = head.is_http_1_0;
  return framing;
}

tl::expected<Target, HeadRefusal> parse_target(std::string_view text,
                                               const HttpLimits& limits) {
  if (text.size() > limits.target_bytes) return refuse(431, "the request target is too long");
  if (text.empty() || text.front() != '/') {
    return refuse(400, "the request target must begin with a slash");
  }
  const size_t question = std::min(text.find('?'), text.size());
  Target target;
  const auto path = decode(text.substr(0, question), false);
  if (!path || path->find('\\') != std::string::npos || has_dot_dot(*path)) {
    return refuse(400, "the request target is malformed");
  }
  target.path = *path;
  if (!read_query(text.substr(std::min(question + 1, text.size())), target)) {
    return refuse(400, "the query of the request target is malformed");
  }
  return target;
}

HostNames host_names(std::string_view listen_host,
                     const std::vector<std::string>& public_names) {
  HostNames hosts;
  const std::string host = lower(listen_host);
  const bool is_v6 = host.find(':') != std::string::npos;
  hosts.names.push_back(is_v6 && host.front() != '[' ? "[" + host + "]" : host);
  hosts.any_literal = host == "0.0.0.0" || host == "::" || host == "[::]";
  if (hosts.any_literal || host.starts_with("127.") || host == "::1" || host == "[::1]" ||
      host == "localhost") {
    hosts.names.insert(hosts.names.end(), {"localhost", "127.0.0.1", "[::1]"});
  }
  for (const std::string& name : public_names)
    hosts.names.push_back(lower(name));
  return hosts;
}

}  // namespace suan::web_api
