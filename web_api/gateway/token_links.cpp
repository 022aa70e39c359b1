#include "web_api/gateway/token_links.h"

#include <algorithm>

namespace suan::web_api {

void TokenLinks::heard(const NodeId& node, Time now) {
  links_[node] = {.heard = now};
}

void TokenLinks::lost(const NodeId& node, Time now) {
  Link& link = links_[node];
  if (!link.lost_at) link.lost_at = now;
}

std::vector<NodeId> TokenLinks::take_gone(Time now, Duration grace) {
  std::vector<NodeId> gone;
  for (auto& [node, link] : links_) {
    if (!link.lost_at || link.is_told || now - *link.lost_at < grace) continue;
    link.is_told = true;
    gone.push_back(node);
  }
  // The map's order differs between builds; what follows must not.
  std::sort(gone.begin(), gone.end());
  return gone;
}

std::vector<NodeId> TokenLinks::heard_within(Time now, Duration window) const {
  std::vector<NodeId> nodes;
  for (const auto& [node, link] : links_) {
    if (!link.lost_at && now - link.heard <= window) nodes.push_back(node);
  }
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

}  // namespace suan::web_api
