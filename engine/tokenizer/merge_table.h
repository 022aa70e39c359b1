#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/tokenizer/hash_seed.h"
#include "engine/weights/manifest.h"

namespace suan::engine {

/// Two neighbours become `token`; the lowest rank merges first.
struct Merge {
  uint32_t rank = UINT32_MAX;  // none
  int32_t token = -1;
};

/// Merges by their pair of tokens: open addressing, so that a look-up is mostly one cache line.
class MergeTable {
 public:
  explicit MergeTable(size_t merges_max)
      : slots_(std::bit_ceil(merges_max + merges_max / 2 + 2)), seed_(hash_seed()) {}

  /// The first merge of a pair counts.
  ///
  /// Requires: at most as many as were announced, of tokens that are not negative
  void add(int32_t left, int32_t right, Merge merge) {
    assert(left >= 0);
    assert(right >= 0);
    Slot& slot = slots_[slot_of(key_of(left, right))];
    if (slot.key == kEmpty) slot = {key_of(left, right), merge};
  }

  /// A rank of UINT32_MAX: these do not merge. A token of -1 merges with nothing.
  [[nodiscard]] Merge find(int32_t left, int32_t right) const {
    return slots_[slot_of(key_of(left, right))].merge;
  }

 private:
  static constexpr uint64_t kEmpty = UINT64_MAX;

  struct Slot {
    uint64_t key = kEmpty;
    Merge merge;
  };

  static uint64_t key_of(int32_t left, int32_t right) {
    return uint64_t{static_cast<uint32_t>(left)} << 32U | static_cast<uint32_t>(right);
  }

  /// Where a key lies, or would.
  [[nodiscard]] size_t slot_of(uint64_t key) const {
    const size_t mask = slots_.size() - 1;
    size_t at = mixed(key ^ seed_, 0x9E3779B97F4A7C15U) & mask;
    while (slots_[at].key != key && slots_[at].key != kEmpty)
      at = (at + 1) & mask;
    return at;
  }

  std::vector<Slot> slots_;  // a power of two, never full
  uint64_t seed_;
};

/// The merges of a vocabulary, ranked as they stand.
///
/// Errors: ModelError for a merge that joins or makes what is no piece
[[nodiscard]] MergeTable read_merges(const Vocabulary& vocabulary);

}  // namespace suan::engine
