#include "catalog/types/uuid.h"

#include <fmt/core.h>

namespace suan {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool is_dash_position(size_t i) {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

}  // namespace

Uuid make_uuid_v7(WallTime now, Random& random) {
  const auto ms = static_cast<uint64_t>(to_us(now) / 1000);
  const uint64_t high_random = random.next() & 0xFFFU;
  const uint64_t low_random = random.next() & 0x3FFFFFFFFFFFFFFFU;
  return {(ms << 16U) | 0x7000U | high_random, 0x8000000000000000U | low_random};
}

int64_t unix_ms_of(const Uuid& uuid) {
  return static_cast<int64_t>(uuid.high >> 16U);
}

std::string to_string(const Uuid& uuid) {
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", uuid.high >> 32U,
                     (uuid.high >> 16U) & 0xFFFFU, uuid.high & 0xFFFFU, uuid.low >> 48U,
                     uuid.low & 0xFFFFFFFFFFFFU);
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;

  Uuid uuid;
  for (size_t i = 0, digits = 0; i < text.size(); ++i) {
    if (is_dash_position(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int digit = hex_digit(text[i]);
    if (digit < 0) return std::nullopt;
    uint64_t& half = digits < 16 ? uuid.high : uuid.low;
    half = (half << 4U) | static_cast<uint64_t>(digit);
    ++digits;
  }
  return uuid;
}

}  // namespace suan
