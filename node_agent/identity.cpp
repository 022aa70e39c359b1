#include "node_agent/identity.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "catalog/types/json.h"
#include "catalog/types/text.h"
#include "catalog/wire/keys.h"

namespace suan::node_agent {

namespace {

constexpr size_t kFileBytesMax = 64U << 10U;

std::filesystem::path file_of(const std::filesystem::path& data) {
  return data / "agent.json";
}

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

Result<std::optional<NodeIdentity>> load_identity(const std::filesystem::path& data) {
  const std::filesystem::path file = file_of(data);
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text(std::istreambuf_iterator<char>(in), {});
  const auto damaged = [&](std::string_view why) {
    return fail(ErrorCode::BadRequest,
                "{} is damaged ({}): remove it and join with a new ticket", file.string(), why);
  };
  if (text.size() > kFileBytesMax) return damaged("too long");
  const auto json = parse_json(text);
  if (!json || !json->is_object()) return damaged("not a JSON object");
  NodeIdentity identity{NodeId(text_at(*json, "node")), SiteId(text_at(*json, "site")),
                        text_at(*json, "server"), text_at(*json, "server_public_z85")};
  if (!is_valid_name(identity.node.value()) || !is_valid_name(identity.site.value())) {
    return damaged("node or site is no name");
  }
  if (!parse_host_port(identity.server)) return damaged("server is no host:port");
  if (identity.server_public_z85.size() != 40) return damaged("server_public_z85 is no key");
  return identity;
}

void save_identity(const std::filesystem::path& data, const NodeIdentity& identity) {
  const Json json = {{"node", identity.node.value()},
                     {"site", identity.site.value()},
                     {"server", identity.server},
                     {"server_public_z85", identity.server_public_z85}};
  write_secret_file(file_of(data), dump_json(json) + "\n");
}

Result<HostPort> parse_host_port(std::string_view text) {
  constexpr std::string_view kScheme = "tcp://";
  const std::string_view whole = text;
  if (text.substr(0, kScheme.size()) == kScheme) text.remove_prefix(kScheme.size());
  const size_t colon = text.rfind(':');
  HostPort address;
  if (colon == std::string_view::npos) {
    return fail(ErrorCode::BadRequest, "{} is no HOST:PORT", printable(whole));
  }
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, address.port);
  std::string_view host = text.substr(0, colon);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return fail(ErrorCode::BadRequest, "{}: write IPv6 as [host]:port", printable(whole));
  }
  const bool is_clean = std::ranges::none_of(host, [](char c) { return c <= ' ' || c == '/'; });
  if (parsed.ec != std::errc{} || parsed.ptr != end || address.port == 0 || !is_clean) {
    return fail(ErrorCode::BadRequest, "{} is no HOST:PORT", printable(whole));
  }
  address.host = host == "*" ? "" : std::string(host);
  return address;
}

std::string tcp_endpoint(const HostPort& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return fmt::format("tcp://{}{}{}:{}", is_v6 ? "[" : "", address.host, is_v6 ? "]" : "",
                     address.port);
}

NodeId wished_node_id(std::string_view hostname, std::string_view fingerprint) {
  std::string name;
  for (const char c : hostname.substr(0, hostname.find('.'))) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_fine =
        is_upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    if (is_fine && name.size() < 40) name += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  const size_t start = name.find_first_not_of('-');
  name = start == std::string::npos ? "node" : name.substr(start);
  return NodeId(name + "-" + std::string(fingerprint.substr(0, 6)));
}

}  // namespace suan::node_agent
