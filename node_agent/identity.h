#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/types/id.h"
#include "catalog/types/result.h"

namespace suan::node_agent {

/// Who this node is in which network; kept in `DATA/agent.json` after the first join.
struct NodeIdentity {
  NodeId node;
  SiteId site;
  std::string server;  // host:port of the control socket
  std::string server_public_z85;
};

/// Nothing when there is none yet.
///
/// Errors:   BadRequest  the file is damaged; the sentence says what to do
[[nodiscard]] Result<std::optional<NodeIdentity>> load_identity(
    const std::filesystem::path& data);

/// Throws when the file cannot be written.
void save_identity(const std::filesystem::path& data, const NodeIdentity& identity);

struct HostPort {
  std::string host;
  uint16_t port = 0;
};

/// `host:port` or `[v6]:port`, with or without `tcp://`; the host may be empty.
///
/// Errors:   BadRequest
[[nodiscard]] Result<HostPort> parse_host_port(std::string_view text);

/// `tcp://host:port` for ZeroMQ.
[[nodiscard]] std::string tcp_endpoint(const HostPort& address);

/// A valid node name made from a host name and the fingerprint of the node's key, so that
/// several agents of one machine differ.
[[nodiscard]] NodeId wished_node_id(std::string_view hostname, std::string_view fingerprint);

}  // namespace suan::node_agent
