#include "scheduler/placement/prefix_table.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "catalog/types/random.h"

namespace suan::scheduler {

namespace {

// 64 KiB of prompt; what lies beyond is recomputed sooner than it is looked up.
constexpr size_t kBlocksMax = 256;

}  // namespace

PrefixTable::PrefixTable(uint32_t entries) : entries_(entries) {
  assert(entries >= kWays);
  assert(std::has_single_bit(entries));
}

void PrefixTable::remember(std::span<const uint64_t> hashes,
                           const ReplicaId& replica,
                           Time now) {
  for (const uint64_t hash : hashes.first(std::min(hashes.size(), kBlocksMax))) {
    if (hash == 0) {
      continue;
    }
    const auto first = entries_.begin() + static_cast<ptrdiff_t>(bucket_of(hash));
    const auto last = first + kWays;
    auto place =
        std::find_if(first, last, [&](const Entry& entry) { return entry.hash == hash; });
    if (place == last) {
      place = std::min_element(first, last, [](const Entry& a, const Entry& b) {
        return std::pair(a.hash != 0, a.at) < std::pair(b.hash != 0, b.at);
      });
    }
    *place = {.hash = hash, .replica = replica, .at = now};
  }
}

std::optional<PrefixHolder> PrefixTable::find(std::span<const uint64_t> hashes,
                                              Time now,
                                              Duration age_max) const {
  const auto lookup = [&](size_t blocks) -> const Entry* {
    const uint64_t hash = hashes[blocks - 1];
    for (size_t i = bucket_of(hash), end = i + kWays; i < end; ++i) {
      const Entry& entry = entries_[i];
      if (entry.hash == hash && hash != 0 && now - entry.at <= age_max) {
        return &entry;
      }
    }
    return nullptr;
  };

  // Whoever holds a prefix stored all shorter ones with it, so the lengths known are 1..n:
  // search n by halving instead of trying all. An evicted middle only shortens the answer.
  size_t known = 0;
  size_t unknown = std::min(hashes.size(), kBlocksMax) + 1;
  const Entry* best = nullptr;
  while (unknown - known > 1) {
    const size_t middle = known + (unknown - known) / 2;
    if (const Entry* entry = lookup(middle)) {
      best = entry;
      known = middle;
    } else {
      unknown = middle;
    }
  }
  if (best == nullptr) {
    return std::nullopt;
  }
  return PrefixHolder{.replica = best->replica, .blocks = static_cast<uint32_t>(known)};
}

void PrefixTable::forget(const ReplicaId& replica) {
  for (Entry& entry : entries_) {
    if (entry.replica == replica) {
      entry = {};
    }
  }
}

size_t PrefixTable::bucket_of(uint64_t hash) const {
  return splitmix64(hash) & (entries_.size() - 1) & ~size_t{kWays - 1};
}

}  // namespace suan::scheduler
