#pragma once

#include <cstdint>
#include <deque>

#include "catalog/types/time.h"

namespace suan::scheduler {

/// Keeps a mass of silent nodes from being declared lost at once: then it is more likely that
/// the scheduler's own network is the trouble, and evicting everything would make it worse.
///
/// It holds while at least 3 nodes and more than 20% of all are silent; then 2% of the nodes
/// (at least one) a minute may still become lost.
/// Source:   `scheduler.md` section 3.3; gpustack issue 5935 (all instances removed at once)
class Brake {
 public:
  /// May one more node become Lost now? Counts it when it may.
  [[nodiscard]] bool allow_loss(uint32_t silent, uint32_t nodes, Time now);

  [[nodiscard]] static bool holds(uint32_t silent, uint32_t nodes) {
    return silent >= 3 && silent * 5 > nodes;
  }

 private:
  std::deque<Time> losses_;  // of the last minute
};

}  // namespace suan::scheduler
