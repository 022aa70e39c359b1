#pragma once

#include <cstdint>
#include <optional>

#include "catalog/store/fence_table.h"
#include "scheduler/server/outbox.h"

namespace suan::scheduler {

/// So many are reserved at a time.
inline constexpr uint64_t kEpochsReserved = 10'000;

/// The one counter that all epochs come from (scheduler, node, lease) and slots' numbers too:
/// each number is given once in the life of a store, so a smaller one is always older.
///
/// Asks the store for the next range when half of the present one is used; until that is
/// committed it goes on with what is left, and then gives nothing.
class Epochs {
 public:
  Epochs(EpochRange committed, Outbox& outbox) : range_(committed), outbox_(outbox) {}

  /// Nothing: the store has not committed more numbers yet; grant nothing new.
  [[nodiscard]] std::optional<uint64_t> next();

  /// How many are left without another commit.
  [[nodiscard]] uint64_t left() const;

 private:
  void ask_for_more();

  EpochRange range_;
  EpochRange following_;  // empty until committed
  bool is_asking_ = false;
  Outbox& outbox_;
};

}  // namespace suan::scheduler
