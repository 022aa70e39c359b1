#include "web_api/accounts/bounded_cells.h"

#include <bit>
#include <cassert>
#include <cstring>

#include "catalog/types/bytes.h"
#include "catalog/types/random.h"

namespace suan::web_api {
namespace {

constexpr size_t kWays = 8;
constexpr unsigned kStateBits = 44;
constexpr uint64_t kTagMax = (uint64_t{1} << (64 - kStateBits)) - 1;

uint64_t state_of(uint64_t cell) {
  return cell & BoundedCells::kStateMax;
}

}  // namespace

/// Where the cells of a name are, and how its cell is told from its neighbours.
struct BoundedCells::Place {
  std::atomic<uint64_t>* set;
  uint64_t tag;

  [[nodiscard]] bool holds(uint64_t cell) const {
    return cell != 0 && cell >> kStateBits == tag;
  }
};

BoundedCells::BoundedCells(size_t entries)
    : secret_(32, '\0'),
      set_mask_(std::bit_ceil(std::max(entries, kWays)) / kWays - 1),
      cells_(std::make_unique<std::atomic<uint64_t>[]>((set_mask_ + 1) * kWays)) {
  fill_from_system(secret_.data(), secret_.size());
}

BoundedCells::Place BoundedCells::place_of(std::string_view name) const {
  const auto digest = hmac_sha256(secret_, name);
  uint64_t hash = 0;
  uint64_t tag = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  std::memcpy(&tag, digest.data() + sizeof hash, sizeof tag);
  return Place{&cells_[(hash & set_mask_) * kWays], tag & kTagMax};
}

uint64_t BoundedCells::find(std::string_view name) const {
  const auto place = place_of(name);
  for (size_t way = 0; way < kWays; ++way) {
    const auto cell = place.set[way].load(std::memory_order_relaxed);
    if (place.holds(cell)) return state_of(cell);
  }
  return 0;
}

void BoundedCells::update(std::string_view name, const Change& change) {
  const auto place = place_of(name);
  for (;;) {
    std::atomic<uint64_t>* chosen = place.set;  // the name's own, else the stalest
    uint64_t seen = chosen->load(std::memory_order_relaxed);
    for (size_t way = 1; way < kWays && !place.holds(seen); ++way) {
      const auto cell = place.set[way].load(std::memory_order_relaxed);
      if (place.holds(cell) || state_of(cell) < state_of(seen)) {
        chosen = place.set + way;
        seen = cell;
      }
    }
    const auto next = change(place.holds(seen) ? state_of(seen) : 0);
    assert(next >= 1 && next <= kStateMax);
    if (chosen->compare_exchange_strong(seen, place.tag << kStateBits | next,
                                        std::memory_order_relaxed)) {
      return;
    }
  }
}

}  // namespace suan::web_api
