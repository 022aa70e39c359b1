#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/request.h"
#include "catalog/types/time.h"

namespace suan {

/// Who pays and queues. `weight` is its share when accounts compete.
struct Account {
  AccountId account;
  ServiceClass service_class = ServiceClass::Paid;
  uint32_t weight = 1;
};

/// A key as the store keeps it: never the key itself.
struct ApiKey {
  std::string prefix;    // first 8 characters after `sk-suan-`, shown in lists
  std::string hmac_hex;  // HMAC-SHA-256 of the whole key under the network's secret
  AccountId account;
  std::vector<std::string> rights;  // request, operate:SITE, research, admin, metrics
  WallTime created{};
  bool is_revoked = false;
};

/// What one delivered attempt used; written once per (request, attempt).
struct UsageRow {
  RequestId request;
  uint32_t attempt = 1;
  AccountId account;
  ModelId model;
  SiteId site;
  NodeId node;
  Usage usage;
  int64_t amount_n = 0;  // nano-yuan
  std::string status;    // done, error, cancelled
  WallTime at{};

  friend bool operator==(const UsageRow&, const UsageRow&) = default;
};

}  // namespace suan
