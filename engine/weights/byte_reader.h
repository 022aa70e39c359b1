#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace suan::engine {

/// A cursor over the bytes of one file, little endian; no read passes the end.
///
/// Views that it gives live as long as the bytes.
/// Errors:   ModelError that names the file, what was read, and where
class ByteReader {
 public:
  ByteReader(std::string_view file, std::span<const unsigned char> bytes)
      : file_(file), bytes_(bytes) {}

  template <typename Number>
  [[nodiscard]] Number number(std::string_view what) {
    static_assert(std::is_arithmetic_v<Number>);
    Number value{};
    std::memcpy(&value, take(sizeof value, what).data(), sizeof value);
    return value;
  }

  [[nodiscard]] std::string_view text(uint64_t length, std::string_view what);
  [[nodiscard]] std::span<const unsigned char> take(uint64_t length, std::string_view what);

  [[nodiscard]] uint64_t position() const { return position_; }

  [[nodiscard]] uint64_t left() const { return bytes_.size() - position_; }

  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  std::string file_;
  std::span<const unsigned char> bytes_;
  uint64_t position_ = 0;
};

}  // namespace suan::engine
