#include "web_api/http/connection_counts.h"

#include <arpa/inet.h>
#include <array>
#include <functional>
#include <string_view>

namespace suan::web_api {

namespace {

constexpr size_t kCells = 1U << 14U;

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

}  // namespace

ConnectionCounts::ConnectionCounts(uint32_t limit, uint32_t limit_per_address)
    : limit_(limit),
      limit_per_address_(limit_per_address),
      cells_(std::make_unique<std::atomic<uint32_t>[]>(kCells)) {}

bool ConnectionCounts::take(const std::string& address) {
  if (total_.fetch_add(1) >= limit_) {
    --total_;
    return false;
  }
  if (is_loopback(address)) return true;
  std::atomic<uint32_t>& cell = cell_of(address);
  if (cell.fetch_add(1) >= limit_per_address_) {
    --cell;
    --total_;
    return false;
  }
  return true;
}

void ConnectionCounts::give_back(const std::string& address) {
  --total_;
  if (!is_loopback(address)) --cell_of(address);
}

std::atomic<uint32_t>& ConnectionCounts::cell_of(const std::string& address) {
  std::array<char, 16> bytes{};
  std::string_view key = address;
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1 &&
      !address.starts_with("::ffff:")) {
    key = std::string_view(bytes.data(), 8);
  }
  return cells_[std::hash<std::string_view>{}(key) % kCells];
}

}  // namespace suan::web_api
