#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "catalog/wire/loop.h"
#include "web_api/accounts/usage_log.h"

namespace suan::bench {

/// `UsageLog` whose rows become durable a disk's time later, and are kept for the invariants.
///
/// Threads:  the loop's.
class SimUsageLog final : public web_api::UsageLog {
 public:
  /// `loop` outlives the log.
  explicit SimUsageLog(Loop& loop) : loop_(loop) {}

  bool append(const UsageRow& row, std::function<void(bool is_kept)> durable) override {
    rows_.push_back(row);
    loop_.after(kSyncTime, [durable = std::move(durable)] { durable(true); });
    return true;
  }

  [[nodiscard]] bool has_room() const override { return true; }

  [[nodiscard]] const std::vector<UsageRow>& rows() const { return rows_; }

 private:
  static constexpr Duration kSyncTime = 2ms;  // one fdatasync of a good disk

  Loop& loop_;
  std::vector<UsageRow> rows_;
};

}  // namespace suan::bench
