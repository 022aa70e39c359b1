#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/types/result.h"
#include "catalog/types/time.h"
#include "scheduler/planning/links/link_network.h"
#include "scheduler/planning/links/paths.h"

namespace suan::scheduler {

/// A model's weights, and the sites that shall have them.
struct DistributionWish {
  static constexpr int64_t kBytesMax = 1'000'000'000'000'000;

  int64_t bytes = 0;                // 1 to kBytesMax
  std::vector<uint32_t> holders;    // the sites that have them; at least one
  std::vector<uint32_t> targets;    // holders among them have nothing to wait for
  int64_t link_share_percent = 30;  // of each link, in each direction: 1 to 100
};

/// The weights on their way from a site that has them by then to a target.
struct WeightTransfer {
  LinkPath path;
  int64_t bytes_per_s = 0;  // taken on each link of the path from `starts` to `finishes`
  Duration starts{};        // after the beginning of the distribution
  Duration finishes{};      // bytes / bytes_per_s, rounded up, and the path's delay later
};

struct UnreachedTarget {
  uint32_t site = 0;
  std::string reason;  // one sentence
};

struct Distribution {
  std::vector<WeightTransfer> transfers;   // in the order of their starts
  std::vector<UnreachedTarget> unreached;  // by site
};

/// Routes for the weights: one transfer for each target, whole files, from a holder or from a
/// target that has received them. The sum of the transfers on a link, in each direction, never
/// exceeds the link's share, so that the rest is left to requests. Links of unknown capacity are not
/// used, nor is a way on which one transfer takes more than a year.
///
/// Time goes from one end of a transfer to the next. At each, the target that would be served
/// first gets the widest way over what is left of the shares, and takes all of that way's width;
/// then the next, until none is left that gains. A target waits when the widest way over the whole
/// shares, once the transfers on it have ended, would serve it sooner. When nothing is on its way,
/// nothing can be gained by waiting: so each target that can be reached is served.
///
/// A single target gets the widest route there is, at once; unless delays outweigh the weights, no
/// other serves it sooner. For more targets the finish is not the least possible (even with equal
/// links the least time to tell all is NP-hard: Garey and Johnson 1979, problem ND49): a target is
/// served by one route only, a running transfer keeps its rate when room is freed, a site passes
/// nothing on before it has everything, and prices play no part.
///
/// Errors:   BadRequest  a size, share or site number out of range, or no holder
/// Source:   list scheduling (Graham, 1966), with the widest paths of `RouteFinder`
[[nodiscard]] Result<Distribution> distribute(const LinkNetwork& network,
                                              const DistributionWish& wish);

}  // namespace suan::scheduler
