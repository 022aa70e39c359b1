#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/result.h"
#include "catalog/types/time.h"

namespace suan::scheduler {

/// A line between two sites, as somebody told it. It carries both directions at once, each at
/// `bytes_per_s`.
struct ToldLink {
  SiteId a;
  SiteId b;
  Duration one_way{};                      // 0 to 1 h
  std::optional<int64_t> bytes_per_s;      // each way, 0 to 10^14; nothing: unknown
  std::optional<int64_t> price_n_per_gib;  // 0 to 10^15; nothing: unknown
};

/// The same with the numbers of its sites.
struct SiteLink {
  uint32_t a = 0;
  uint32_t b = 0;
  Duration one_way{};
  std::optional<int64_t> bytes_per_s;
  std::optional<int64_t> price_n_per_gib;
};

/// Sites and the lines between them, checked: what every function of this folder asks for. Sites
/// and links are known by their numbers, which are their places in the lists given.
///
/// A loop (a line from a site to itself) is kept and leads nowhere. Parallel lines stay separate:
/// none of them is a bridge, their capacities add up in `bottleneck`, and a path takes one.
class LinkNetwork {
 public:
  static constexpr size_t kSitesMax = 257;  // 256, and the centre
  static constexpr size_t kLinksMax = 10'000;

  // With these the sum of all capacities stays below 2^60, and no path's delay overflows.
  static constexpr Duration kOneWayMax = 1h;
  static constexpr int64_t kBytesPerSMax = 100'000'000'000'000;
  static constexpr int64_t kPriceMax = 1'000'000'000'000'000;

  /// No sites.
  LinkNetwork() = default;

  /// Errors:   BadRequest  too many sites or links, a site twice, a link to a site that is not in
  ///                       the list, a delay, capacity or price out of range
  [[nodiscard]] static Result<LinkNetwork> make(std::vector<SiteId> sites,
                                                const std::vector<ToldLink>& links);

  [[nodiscard]] const std::vector<SiteId>& sites() const { return sites_; }

  [[nodiscard]] const std::vector<SiteLink>& links() const { return links_; }

  [[nodiscard]] std::optional<uint32_t> number_of(const SiteId& site) const;

 private:
  std::vector<SiteId> sites_;
  std::vector<uint32_t> by_name_;  // numbers of sites in the order of their names
  std::vector<SiteLink> links_;
};

}  // namespace suan::scheduler
