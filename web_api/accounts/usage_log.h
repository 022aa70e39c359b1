#pragma once

#include <functional>

#include "catalog/types/account.h"

namespace suan::web_api {

/// Keeps what was used before the client is told that its request succeeded (L3).
///
/// Implementations: `UsageJournal` (fsynced file, then the store); `SimUsageLog` in bench.
class UsageLog {
 public:
  virtual ~UsageLog() = default;

  /// Calls `durable(true)` once the row survives a crash, on the gateway's loop; `durable(false)` when
  /// it cannot be kept. False: full, nothing was taken and `durable` is not called.
  virtual bool append(const UsageRow& row, std::function<void(bool is_kept)> durable) = 0;

  /// Whether billable work may be taken in at all.
  [[nodiscard]] virtual bool has_room() const = 0;
};

}  // namespace suan::web_api
