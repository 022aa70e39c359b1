#pragma once

#include <atomic>
#include <cstdint>

#include "catalog/types/time.h"

namespace suan::web_api {

enum class Pressure : uint8_t { None, NoKeepAlive, Refuse };

/// What a process that uses `used` of `limit` bytes should do (H11): end keep-alive at 92%,
/// refuse at 95%.
[[nodiscard]] Pressure pressure_of(uint64_t used_bytes, uint64_t limit_bytes);

/// Watches the memory of this process; reads it at most each half second.
///
/// Threads:  any.
class MemoryGuard {
 public:
  /// 0: the limit of the cgroup, or of the machine.
  explicit MemoryGuard(uint64_t limit_bytes);

  [[nodiscard]] Pressure pressure();

 private:
  uint64_t limit_bytes_;
  std::atomic<int64_t> read_at_us_ = 0;
  std::atomic<Pressure> pressure_ = Pressure::None;
};

/// The share of a machine's descriptors that clients may take: half of this process's limit.
[[nodiscard]] uint32_t connection_limit(uint32_t wished);

}  // namespace suan::web_api
