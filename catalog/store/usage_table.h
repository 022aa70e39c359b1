#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/types/account.h"

namespace suan {

/// Days since 1970 (UTC) at which the request was made: its id tells, so that a repeat after
/// midnight meets the same row.
[[nodiscard]] int64_t day_of(const RequestId& request);

/// What one account used of one model on one day.
struct UsageSum {
  int64_t day = 0;
  AccountId account;
  ModelId model;
  uint64_t requests = 0;
  uint64_t prompt_tokens = 0;
  uint64_t completion_tokens = 0;
  uint64_t cached_tokens = 0;
  int64_t amount_n = 0;

  friend bool operator==(const UsageSum&, const UsageSum&) = default;
};

/// What was used: append-only, one row per (day, request, attempt).
///
/// Requires: `database` outlives the object; `migrate` has run.
/// Errors:   throws StoreError
/// Threads:  those of the database.
class UsageTable {
 public:
  explicit UsageTable(Database& database) : database_(database) {}

  /// A repeat does nothing.
  void add(const UsageRow& row);

  /// All attempts of the request, the first attempt first.
  [[nodiscard]] std::vector<UsageRow> of_request(const RequestId& request);

  /// Sums per (day, account, model) of days `first` to `last`; of one account, or of all.
  [[nodiscard]] std::vector<UsageSum> sums(int64_t first_day,
                                           int64_t last_day,
                                           const std::optional<AccountId>& account);

  [[nodiscard]] uint64_t rows_total();

 private:
  Database& database_;
};

}  // namespace suan
