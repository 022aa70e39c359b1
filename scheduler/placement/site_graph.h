#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "catalog/types/id.h"
#include "catalog/types/time.h"

namespace suan::scheduler {

/// Sites joined by links of known delay; tells the round trip between any two.
///
/// A measured round trip between two sites replaces the computed one.
class SiteGraph {
 public:
  void add_site(const SiteId& site);
  /// A line in both directions; the shortest of several counts. Requires: one_way >= 0.
  void add_link(const SiteId& a, const SiteId& b, Duration one_way);
  void set_measured(const SiteId& a, const SiteId& b, Duration round_trip);

  /// Twice the shortest path, or the measured value; sites that cannot be reached are left out.
  ///
  /// Source:   Dijkstra (1959), boost::dijkstra_shortest_paths
  [[nodiscard]] std::map<SiteId, Duration> round_trips_from(const SiteId& site) const;

  [[nodiscard]] std::optional<Duration> round_trip(const SiteId& a, const SiteId& b) const;

 private:
  using Pair = std::pair<SiteId, SiteId>;  // the lesser first

  std::set<SiteId> sites_;
  std::map<Pair, Duration> links_;
  std::map<Pair, Duration> measured_;
};

}  // namespace suan::scheduler
