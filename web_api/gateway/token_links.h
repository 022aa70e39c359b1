#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/time.h"

namespace suan::web_api {

/// What the gateway knows of its token connections: who spoke when, and who is gone.
class TokenLinks {
 public:
  /// A message came from `node`.
  void heard(const NodeId& node, Time now);

  /// Sending found no connection. Keeps the first such moment until the node speaks again.
  void lost(const NodeId& node, Time now);

  /// Nodes that have been gone for `grace` or longer; each is told once.
  [[nodiscard]] std::vector<NodeId> take_gone(Time now, Duration grace);

  /// Nodes that spoke within `window`; what `Heard` reports.
  [[nodiscard]] std::vector<NodeId> heard_within(Time now, Duration window) const;

 private:
  struct Link {
    Time heard{};
    std::optional<Time> lost_at;
    bool is_told = false;
  };

  std::unordered_map<NodeId, Link> links_;
};

}  // namespace suan::web_api
