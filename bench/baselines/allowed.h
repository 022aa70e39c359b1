#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/placement/place.h"

namespace suan::bench {

/// A replica that all rules allow, with what a simple policy looks at.
struct Allowed {
  uint32_t index = 0;  // into ClusterView::replicas()
  const scheduler::SiteGroup* group = nullptr;
  const scheduler::Load* load = nullptr;
};

/// The arguments of one decision.
struct Asked {
  const RequestFacts& request;
  const scheduler::ClusterView& view;
  const scheduler::LoadTable& load;
  Time now;
  uint64_t draw = 0;
};

/// Every replica that may serve, by the same rules as ours, ascending by site and id. So policies
/// differ in what they choose, never in what they may choose, and queues are the same.
void find_allowed(const Asked& asked, std::vector<Allowed>& allowed);

/// The placement on that replica, one of so many that were allowed; its terms are those of our score,
/// for the explanation.
[[nodiscard]] scheduler::Placement placement_on(const Asked& asked,
                                                const Allowed& chosen,
                                                uint32_t replicas_allowed);

}  // namespace suan::bench
