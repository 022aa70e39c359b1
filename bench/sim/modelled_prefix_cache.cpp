#include "bench/sim/modelled_prefix_cache.h"

#include <algorithm>

namespace suan::bench {

uint32_t ModelledPrefixCache::take(std::span<const uint64_t> hashes) {
  hashes = hashes.first(std::min<size_t>(hashes.size(), hashes_max_));
  uint32_t held = 0;
  while (held < hashes.size() && places_.contains(hashes[held]))
    ++held;
  // From the last to the first: a beginning must outlive what continues it.
  for (size_t i = hashes.size(); i-- > 0;) {
    const auto found = places_.find(hashes[i]);
    if (found != places_.end()) {
      by_use_.splice(by_use_.begin(), by_use_, found->second);
      continue;
    }
    by_use_.push_front(hashes[i]);
    places_.emplace(hashes[i], by_use_.begin());
  }
  while (places_.size() > hashes_max_) {
    places_.erase(by_use_.back());
    by_use_.pop_back();
  }
  return held;
}

}  // namespace suan::bench
