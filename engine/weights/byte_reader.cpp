#include "engine/weights/byte_reader.h"

#include "engine/weights/refuse.h"

namespace suan::engine {

std::span<const unsigned char> ByteReader::take(uint64_t length, std::string_view what) {
  if (length > left()) {
    refuse(file_, "{} at byte {} needs {} bytes, but {} are left", what, position_, length,
           left());
  }
  const auto taken = bytes_.subspan(position_, length);
  position_ += length;
  return taken;
}

std::string_view ByteReader::text(uint64_t length, std::string_view what) {
  const auto taken = take(length, what);
  return {reinterpret_cast<const char*>(taken.data()), taken.size()};
}

std::string in_quotes(std::string_view text) {
  constexpr size_t kShown = 80;
  std::string shown = "'";
  for (const char c : text.substr(0, kShown))
    shown += c >= ' ' && c <= '~' ? c : '?';
  shown += text.size() > kShown ? "...'" : "'";
  return shown;
}

}  // namespace suan::engine
