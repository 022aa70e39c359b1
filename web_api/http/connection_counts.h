#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace suan::web_api {

/// How many connections are open, in all and per address (H10), without a lock.
///
/// Addresses share a table of counters by hash: two that meet in one cell share its limit, which
/// can refuse somebody early, but never lets anybody have more. An IPv6 client counts by its /64.
/// Threads:  any.
class ConnectionCounts {
 public:
  ConnectionCounts(uint32_t limit, uint32_t limit_per_address);

  /// False: over a limit, nothing taken. Loopback has no limit of its own.
  [[nodiscard]] bool take(const std::string& address);
  void give_back(const std::string& address);

  [[nodiscard]] uint32_t total() const { return total_; }

 private:
  [[nodiscard]] std::atomic<uint32_t>& cell_of(const std::string& address);

  uint32_t limit_;
  uint32_t limit_per_address_;
  std::atomic<uint32_t> total_ = 0;
  std::unique_ptr<std::atomic<uint32_t>[]> cells_;
};

}  // namespace suan::web_api
