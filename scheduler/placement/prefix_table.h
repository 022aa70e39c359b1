#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/time.h"

namespace suan::scheduler {

/// Who last computed the longest known prefix of a prompt.
struct PrefixHolder {
  ReplicaId replica;
  uint32_t blocks = 0;  // of 256 bytes, from the prompt's start
};

/// Remembers, for hashes of prompt beginnings, the replica that computed them last.
///
/// Four places per bucket; the oldest gives way. Fixed memory, about 24 bytes an entry.
/// Threads:  one owner.
class PrefixTable {
 public:
  /// Requires: entries is a power of two, at least 4.
  explicit PrefixTable(uint32_t entries);

  /// `hashes` are chained: entry i stands for the first i+1 blocks.
  void remember(std::span<const uint64_t> hashes, const ReplicaId& replica, Time now);

  /// The holder of the longest prefix seen within the last `age_max`.
  [[nodiscard]] std::optional<PrefixHolder> find(std::span<const uint64_t> hashes,
                                                 Time now,
                                                 Duration age_max = 10min) const;

  void forget(const ReplicaId& replica);

 private:
  static constexpr uint32_t kWays = 4;

  struct Entry {
    uint64_t hash = 0;  // 0: empty
    ReplicaId replica;
    Time at{};
  };

  [[nodiscard]] size_t bucket_of(uint64_t hash) const;

  std::vector<Entry> entries_;
};

}  // namespace suan::scheduler
