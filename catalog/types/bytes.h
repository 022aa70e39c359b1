#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace suan {

using Digest = std::array<uint8_t, 32>;

/// SHA-256.
[[nodiscard]] Digest sha256(std::string_view bytes);

/// HMAC-SHA-256.
[[nodiscard]] Digest hmac_sha256(std::string_view key, std::string_view bytes);

/// CRC-32C (Castagnoli), as journals frame their records.
[[nodiscard]] uint32_t crc32c(std::string_view bytes);

/// Equal or not, in time that depends on the lengths alone.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

/// Lower-case hexadecimal.
[[nodiscard]] std::string to_hex(std::string_view bytes);
[[nodiscard]] std::string to_hex(const Digest& digest);

/// Full match of an even number of lower-case digits, else nothing.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);

/// RFC 4648 base32, lower case, no padding; the form that tickets and keys are printed in.
[[nodiscard]] std::string to_base32(std::string_view bytes);
[[nodiscard]] std::optional<std::string> from_base32(std::string_view text);

}  // namespace suan
