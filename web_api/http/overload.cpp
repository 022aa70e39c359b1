#include "web_api/http/overload.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

namespace suan::web_api {

namespace {

constexpr int64_t kReadEveryUs = 500'000;

int64_t steady_us() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

uint64_t page_bytes() {
  return static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

/// 0: not known, so nothing is refused for it.
uint64_t memory_limit() {
  const uint64_t machine = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * page_bytes();
  uint64_t cgroup = 0;
  std::ifstream file("/sys/fs/cgroup/memory.max");  // `max` when there is no limit
  if (file >> cgroup && cgroup > 0) return std::min(cgroup, machine);
  return machine;
}

uint64_t resident_bytes() {
  uint64_t total = 0;
  uint64_t resident = 0;
  std::ifstream file("/proc/self/statm");
  file >> total >> resident;
  return resident * page_bytes();
}

}  // namespace

Pressure pressure_of(uint64_t used_bytes, uint64_t limit_bytes) {
  if (limit_bytes == 0) return Pressure::None;
  const double share = static_cast<double>(used_bytes) / static_cast<double>(limit_bytes);
  if (share >= 0.95) return Pressure::Refuse;
  return share >= 0.92 ? Pressure::NoKeepAlive : Pressure::None;
}

MemoryGuard::MemoryGuard(uint64_t limit_bytes)
    : limit_bytes_(limit_bytes > 0 ? limit_bytes : memory_limit()) {}

Pressure MemoryGuard::pressure() {
  const int64_t now = steady_us();
  int64_t last = read_at_us_.load(std::memory_order_relaxed);
  if (now - last > kReadEveryUs && read_at_us_.compare_exchange_strong(last, now)) {
    pressure_ = pressure_of(resident_bytes(), limit_bytes_);
  }
  return pressure_;
}

uint32_t connection_limit(uint32_t wished) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wished;
  return static_cast<uint32_t>(
      std::min<rlim_t>(wished, std::max<rlim_t>(limit.rlim_cur / 2, 1)));
}

}  // namespace suan::web_api
