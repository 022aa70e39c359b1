#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/types/id.h"
#include "catalog/types/time.h"

namespace suan {

/// One placement or refusal, with all that `suan explain` tells about it.
struct DecisionRow {
  RequestId request;
  uint32_t attempt = 1;
  WallTime at{};
  AccountId account;
  SiteId site;          // unset for a refusal
  NodeId node;          // unset for a refusal
  std::string verdict;  // `placed`, or the name of the error code
  std::string json;

  friend bool operator==(const DecisionRow&, const DecisionRow&) = default;
};

/// The decision log: append-only, pruned from its oldest end.
///
/// Requires: `database` outlives the object; `migrate` has run.
/// Errors:   throws StoreError
/// Threads:  those of the database.
class DecisionTables {
 public:
  explicit DecisionTables(Database& database) : database_(database) {}

  /// A repeat of (request, attempt) does nothing.
  void add(const DecisionRow& decision);

  /// All attempts of the request, the first attempt first; empty when unknown or pruned.
  [[nodiscard]] std::vector<DecisionRow> of_request(const RequestId& request);

  /// The newest first.
  [[nodiscard]] std::vector<DecisionRow> latest(uint32_t limit);

  /// Deletes the oldest, so that `kept` remain. Requires: kept > 0.
  void prune(uint64_t kept);

 private:
  Database& database_;
};

}  // namespace suan
