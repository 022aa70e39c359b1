#pragma once

#include <cstdint>

#include "catalog/store/database.h"

namespace suan {

/// Numbers `first` up to, but not including, `ceiling`: nobody else has or will get them.
struct EpochRange {
  uint64_t first = 0;
  uint64_t ceiling = 0;
};

/// The one counter that all epochs come from (`scheduler.md`, section 2.3).
///
/// Requires: `database` outlives the object; `migrate` has run.
/// Errors:   throws StoreError
/// Threads:  those of the database.
class FenceTable {
 public:
  explicit FenceTable(Database& database) : database_(database) {}

  /// Raises the ceiling by `n`. The numbers of the range may be used once this is committed:
  /// outside a transaction, at the return; in a store job, when its `Then` is called.
  /// A restart continues at the ceiling, so none is issued twice. The first number ever is 1.
  EpochRange raise_ceiling(uint64_t n);

 private:
  Database& database_;
};

}  // namespace suan
