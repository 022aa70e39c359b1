#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "scheduler/planning/links/link_network.h"
#include "scheduler/planning/links/paths.h"

namespace suan::scheduler {

/// The widest ways from a set of sites to every site.
struct WideWays {
  static constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();
  static constexpr uint32_t kNoArc = std::numeric_limits<uint32_t>::max();

  std::vector<int64_t> width;  // per site; 0: no way; where ways begin: kUnlimited
  std::vector<uint32_t>
      arc;  // per site: the last of its way; kNoArc: no way, or it begins here
};

/// Finds ways through one network whose room on each link, in each direction, the caller tells:
/// its capacity, or what is left of it. Direction is by arc: link l is arc 2 * l from `a` to `b`,
/// and arc 2 * l + 1 from `b` to `a`. Its graph is built once, for many searches.
///
/// Requires: `network` outlives the object; each `room` has a number, at least 0, for each arc
/// Source:   Dijkstra (1959), boost::dijkstra_shortest_paths
class RouteFinder {
 public:
  explicit RouteFinder(const LinkNetwork& network);
  ~RouteFinder();
  RouteFinder(const RouteFinder&) = delete;
  RouteFinder& operator=(const RouteFinder&) = delete;

  /// A way's width is the least room on it; arcs without room are not used.
  [[nodiscard]] WideWays widest(const std::vector<uint32_t>& starts,
                                const std::vector<int64_t>& room) const;

  /// The way of least delay from any of `starts` over arcs with at least `room_min`.
  [[nodiscard]] std::optional<LinkPath> quickest(const std::vector<uint32_t>& starts,
                                                 uint32_t to,
                                                 const std::vector<int64_t>& room,
                                                 int64_t room_min) const;

  /// The site where an arc begins.
  [[nodiscard]] uint32_t tail(uint32_t arc) const {
    const SiteLink& link = network_.links()[arc / 2];
    return arc % 2 == 0 ? link.a : link.b;
  }

 private:
  struct State;

  [[nodiscard]] LinkPath path_to(uint32_t to, const std::vector<uint32_t>& arc_to) const;

  const LinkNetwork& network_;
  std::unique_ptr<State> state_;
};

}  // namespace suan::scheduler
