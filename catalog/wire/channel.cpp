#include "catalog/wire/channel.h"

#include <string_view>

namespace suan {

namespace {

constexpr std::string_view kNodePrefix = "node:";

}  // namespace

Peer peer_of(const NodeId& node) {
  return Peer(std::string(kNodePrefix) + node.value());
}

NodeId node_of(const Peer& peer) {
  const std::string_view name = peer.value();
  if (name.substr(0, kNodePrefix.size()) != kNodePrefix) return {};
  return NodeId(std::string(name.substr(kNodePrefix.size())));
}

}  // namespace suan
