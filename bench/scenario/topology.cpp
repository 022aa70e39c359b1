#include "bench/scenario/topology.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <queue>
#include <utility>

#include "catalog/types/text.h"

namespace suan::bench {

namespace {

constexpr size_t kNodesMax = 10'000;
constexpr size_t kLinksMax = 100'000;
constexpr size_t kNotesMax = 20;
constexpr double kOneWayMsMax = 1'000;  // four times to the antipode through fibre
constexpr size_t kLabelBytesMax = 100;

}  // namespace

Result<Topology> Topology::read(NamedText nodes, NamedText links) {
  Topology topology;
  if (const auto read = topology.add_nodes(std::move(nodes)); !read)
    return forward(read.error());
  if (const auto read = topology.add_links(std::move(links)); !read)
    return forward(read.error());
  return topology;
}

Result<void> Topology::add_nodes(NamedText file) {
  const std::string name = file.name;
  auto table = CsvTable::read(std::move(file), {"id", "label", "lat", "lon"});
  if (!table) return forward(table.error());
  if (table->rows() == 0 || table->rows() > kNodesMax) {
    return fail(ErrorCode::BadRequest, "{}: a topology has 1 to {} nodes, not {}", name,
                kNodesMax, table->rows());
  }
  for (size_t row = 0; row < table->rows(); ++row) {
    const uint32_t id = table->whole(row, 0, 0, 1'000'000);
    if (find(id)) table->complain(row, fmt::format("node {} is there twice", id));
    Node& node = nodes_.emplace_back();
    node.id = id;
    node.label = printable(table->cell(row, 1), kLabelBytesMax);
    if (table->is_empty(row, 2) || table->is_empty(row, 3)) continue;
    node.place = {table->number(row, 2, -90, 90), table->number(row, 3, -180, 180)};
  }
  links_.resize(nodes_.size());
  if (table->error()) return forward(*table->error());
  return {};
}

Result<void> Topology::add_links(NamedText file) {
  const std::string name = file.name;
  auto table = CsvTable::read(std::move(file), {"source", "target", "fibre_one_way_ms"});
  if (!table) return forward(table.error());
  if (table->rows() > kLinksMax) {
    return fail(ErrorCode::BadRequest, "{}: a topology has at most {} links, not {}", name,
                kLinksMax, table->rows());
  }
  for (size_t row = 0; row < table->rows() && !table->error(); ++row) {
    const auto end = [&](size_t column) {
      const uint32_t id = table->whole(row, column, 0, 1'000'000);
      const auto found = find(id);
      if (!found)
        table->complain(row, fmt::format("the link ends at {}, which is no node", id));
      return found.value_or(0);
    };
    const uint32_t from = end(0);
    const uint32_t to = end(1);
    const bool is_measured = !table->is_empty(row, 2);
    const double one_way_ms = is_measured ? table->number(row, 2, 0, kOneWayMsMax) : -1;
    connect(from, to, one_way_ms, table->where(row));
  }
  if (table->error()) return forward(*table->error());
  return {};
}

/// `one_way_ms` below 0: not known.
void Topology::connect(uint32_t from,
                       uint32_t to,
                       double one_way_ms,
                       const std::string& where) {
  const auto note = [&](const std::string& what) {
    if (notes_.size() < kNotesMax) {
      notes_.push_back(fmt::format("{}: {} - {} {}", where, name(from), name(to), what));
    }
  };
  if (from == to) return note("is a link to itself: left out");
  if (one_way_ms < 0) return note("has no length: left out");
  if (std::ranges::find(links_[from], to, &Link::to) != links_[from].end()) {
    note("is there twice: the faster counts");
  }
  links_[from].push_back({to, one_way_ms});
  links_[to].push_back({from, one_way_ms});
}

std::optional<uint32_t> Topology::find(uint32_t id) const {
  const auto found = std::ranges::find(nodes_, id, &Node::id);
  if (found == nodes_.end()) return std::nullopt;
  return static_cast<uint32_t>(found - nodes_.begin());
}

// Dijkstra; a backbone has tens of nodes.
std::vector<double> Topology::one_way_ms_from(uint32_t index) const {
  std::vector<double> delays(nodes_.size(), std::numeric_limits<double>::infinity());
  using Reached = std::pair<double, uint32_t>;
  std::priority_queue<Reached, std::vector<Reached>, std::greater<>> next;
  delays[index] = 0;
  next.emplace(0, index);
  while (!next.empty()) {
    const Reached reached = next.top();
    next.pop();
    if (reached.first > delays[reached.second]) continue;
    for (const Link& link : links_[reached.second]) {
      const double delay = reached.first + link.one_way_ms;
      if (delay >= delays[link.to]) continue;
      delays[link.to] = delay;
      next.emplace(delay, link.to);
    }
  }
  return delays;
}

double kilometres_between(const Place& one, const Place& other) {
  constexpr double kEarthKilometres = 6371;
  constexpr double kRadians = 3.14159265358979323846 / 180;
  const double north = std::sin((other.latitude - one.latitude) * kRadians / 2);
  const double east = std::sin((other.longitude - one.longitude) * kRadians / 2);
  const double chord = north * north + std::cos(one.latitude * kRadians) *
                                           std::cos(other.latitude * kRadians) * east * east;
  return 2 * kEarthKilometres * std::asin(std::sqrt(std::min(1.0, chord)));
}

std::string Topology::name(uint32_t index) const {
  return fmt::format("{} ({})", nodes_[index].id, nodes_[index].label);
}

}  // namespace suan::bench
