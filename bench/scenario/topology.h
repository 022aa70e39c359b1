#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/scenario/csv.h"
#include "catalog/types/result.h"

namespace suan::bench {

/// Degrees.
struct Place {
  double latitude = 0;
  double longitude = 0;
};

/// Along the great circle, on a sphere.
[[nodiscard]] double kilometres_between(const Place& one, const Place& other);

/// A backbone as a graph whose links have a delay.
///
/// What real tables hold and a path can do without is left out and told in `notes`: a link from a
/// node to itself, a link without length (an end without coordinates). Of parallel links the
/// faster counts.
class Topology {
 public:
  struct Node {
    uint32_t id = 0;  // in the file
    std::string label;
    std::optional<Place> place;  // unset: the file gives no coordinates
  };

  /// Reads `id,label,lat,lon` and `source,target,fibre_one_way_ms`.
  ///
  /// Errors:   BadRequest  a node twice, a link to no node, an absurd delay: file, line and value
  [[nodiscard]] static Result<Topology> read(NamedText nodes, NamedText links);

  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }

  /// Index into nodes(); nothing for an id that is not there.
  [[nodiscard]] std::optional<uint32_t> find(uint32_t id) const;

  /// Shortest delays from one node, in milliseconds; infinite where no path leads.
  [[nodiscard]] std::vector<double> one_way_ms_from(uint32_t index) const;

  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  struct Link {
    uint32_t to = 0;  // index
    double one_way_ms = 0;
  };

  Result<void> add_nodes(NamedText file);
  Result<void> add_links(NamedText file);
  void connect(uint32_t from, uint32_t to, double one_way_ms, const std::string& where);
  [[nodiscard]] std::string name(uint32_t index) const;

  std::vector<Node> nodes_;
  std::vector<std::vector<Link>> links_;  // by node
  std::vector<std::string> notes_;
};

}  // namespace suan::bench
