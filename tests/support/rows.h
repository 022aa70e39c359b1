#pragma once

#include <cstdint>

#include "catalog/types/account.h"

namespace suan::testing {

/// 2026-11-23T12:00:00Z, the day on which tests take place.
inline constexpr WallTime kNoon = wall_time_of_us(1'795'435'200'000'000);

/// The id of request number `n` of that day.
[[nodiscard]] inline RequestId request_id(uint64_t n) {
  constexpr uint64_t kVersion7 = 0x7000;
  constexpr uint64_t kVariant = uint64_t{1} << 63;
  const auto ms = static_cast<uint64_t>(to_us(kNoon) / 1'000);
  return RequestId(Uuid{ms << 16 | kVersion7, kVariant | n});
}

/// Usage of request number `n`: account `tenant`, model `stories-moe`, 10 + 20 tokens.
[[nodiscard]] inline UsageRow usage_row(uint64_t n) {
  UsageRow row;
  row.request = request_id(n);
  row.account = AccountId("tenant");
  row.model = ModelId("stories-moe");
  row.site = SiteId("beijing");
  row.node = NodeId("beijing-1");
  row.usage = Usage{10, 20, 4};
  row.amount_n = 70;
  row.status = "done";
  row.at = kNoon;
  return row;
}

}  // namespace suan::testing
