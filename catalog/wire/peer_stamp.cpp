#include "catalog/wire/peer_stamp.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>

#include <fmt/core.h>

namespace suan {

std::string format_user_id(const PeerStamp& stamp) {
  return fmt::format("{}@{}", stamp.peer.value(), stamp.accepted_us);
}

std::optional<PeerStamp> parse_user_id(std::string_view text) {
  const size_t mark = text.rfind('@');
  if (mark == std::string_view::npos || mark == 0) return std::nullopt;
  PeerStamp stamp{Peer(std::string(text.substr(0, mark))), 0};
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + mark + 1, end, stamp.accepted_us);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return stamp;
}

uint64_t next_stamp_us() {
  static std::atomic<uint64_t> last = 0;
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  const auto now_us = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(since).count());
  uint64_t before = last.load();
  uint64_t stamp = std::max(now_us, before + 1);
  while (!last.compare_exchange_weak(before, stamp))
    stamp = std::max(now_us, before + 1);
  return stamp;
}

}  // namespace suan
