#include "catalog/types/bytes.h"

#include <cassert>
#include <new>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace suan {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase32Digits = "abcdefghijklmnopqrstuvwxyz234567";

const uint8_t* data_of(std::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

std::string_view text_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// The reflected polynomial 0x1EDC6F41, one byte at a time (RFC 3720, appendix B.4).
constexpr std::array<uint32_t, 256> make_crc32c_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit)
      rest = (rest >> 1U) ^ ((rest & 1U) * 0x82F63B78U);
    table[byte] = rest;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kCrc32cTable = make_crc32c_table();

}  // namespace

Digest sha256(std::string_view bytes) {
  Digest digest{};
  unsigned length = 0;
  const int is_done =
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
  if (is_done != 1) throw std::bad_alloc();  // its only failure, with a built-in digest
  assert(length == digest.size());
  return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view bytes) {
  Digest digest{};
  unsigned length = 0;
  const uint8_t* done = HMAC(EVP_sha256(), data_of(key), static_cast<int>(key.size()),
                             data_of(bytes), bytes.size(), digest.data(), &length);
  if (done == nullptr) throw std::bad_alloc();
  assert(length == digest.size());
  return digest;
}

uint32_t crc32c(std::string_view bytes) {
  uint32_t rest = 0xFFFFFFFFU;
  for (const char c : bytes) {
    rest = (rest >> 8U) ^ kCrc32cTable[(rest ^ static_cast<uint8_t>(c)) & 0xFFU];
  }
  return ~rest;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string to_hex(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    text += kHexDigits[byte >> 4U];
    text += kHexDigits[byte & 0xFU];
  }
  return text;
}

std::string to_hex(const Digest& digest) {
  return to_hex(text_of(digest));
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;

  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const size_t high = kHexDigits.find(text[i]);
    const size_t low = kHexDigits.find(text[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    bytes += static_cast<char>(16 * high + low);
  }
  return bytes;
}

std::string to_base32(std::string_view bytes) {
  std::string text;
  text.reserve((8 * bytes.size() + 4) / 5);
  uint32_t bits = 0;
  uint32_t count = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<uint8_t>(c);
    for (count += 8; count >= 5; count -= 5) {
      text += kBase32Digits[(bits >> (count - 5)) & 31U];
    }
  }
  if (count > 0) text += kBase32Digits[(bits << (5 - count)) & 31U];
  return text;
}

std::optional<std::string> from_base32(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() * 5 / 8);
  uint32_t bits = 0;
  uint32_t count = 0;
  for (const char c : text) {
    const size_t digit = kBase32Digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 5U) | static_cast<uint32_t>(digit);
    count += 5;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>((bits >> count) & 0xFFU);
  }
  // What is left must be padding that the writer made: less than a digit, all zero.
  if (count >= 5 || (bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace suan
