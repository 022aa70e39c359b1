#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/planning/links/components.h"
#include "scheduler/planning/links/link_network.h"

namespace suan::scheduler {

/// How much can flow from some sites to others over all ways together, and the links that forbid
/// more. Links whose capacity is unknown make it a range: they may carry nothing, or anything.
struct Bottleneck {
  int64_t bytes_per_s_at_least = 0;
  /// Nothing: a way of links of unknown capacity leads there.
  std::optional<int64_t> bytes_per_s_at_most;
  /// A minimum cut: links of known capacity whose sum is the upper limit; the one nearest to the
  /// sources where there are several. Empty when nothing leads there, and when there is no limit.
  std::vector<uint32_t> cut;

  /// Nothing: it depends on links of unknown capacity.
  [[nodiscard]] std::optional<int64_t> bytes_per_s() const {
    return bytes_per_s_at_most == bytes_per_s_at_least ? bytes_per_s_at_most : std::nullopt;
  }
};

/// The bottleneck from `sources` together to `sinks` together. A link carries its capacity in each
/// direction; parallel links add up.
///
/// Requires: both have sites of the network, and none in common
/// Source:   Goldberg and Tarjan (1988), boost::push_relabel_max_flow; the cut by what is still
///           reachable from the sources (Ford and Fulkerson, 1956)
[[nodiscard]] Bottleneck bottleneck(const LinkNetwork& network,
                                    const SiteSet& sources,
                                    const SiteSet& sinks);

}  // namespace suan::scheduler
