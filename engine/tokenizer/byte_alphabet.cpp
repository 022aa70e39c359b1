#include "engine/tokenizer/byte_alphabet.h"

#include <array>
#include <cstdint>

#include "engine/tokenizer/utf8.h"

namespace suan::engine {
namespace {

constexpr char32_t kCharactersEnd = 0x144;  // 0x100, and 68 bytes that are not printable

constexpr bool is_printable(unsigned byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr std::array<uint16_t, 256> make_characters() {
  std::array<uint16_t, 256> characters{};
  uint16_t next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) {
    characters[byte] = is_printable(byte) ? static_cast<uint16_t>(byte) : next++;
  }
  return characters;
}

constexpr std::array<uint16_t, 256> kCharacters = make_characters();

/// -1: not in the alphabet.
constexpr std::array<int16_t, kCharactersEnd> make_bytes() {
  std::array<int16_t, kCharactersEnd> bytes{};
  bytes.fill(-1);
  for (unsigned byte = 0; byte < 256; ++byte) {
    bytes[kCharacters[byte]] = static_cast<int16_t>(byte);
  }
  return bytes;
}

constexpr std::array<int16_t, kCharactersEnd> kBytes = make_bytes();

}  // namespace

std::string in_byte_alphabet(std::string_view bytes) {
  std::string piece;
  for (const char byte : bytes) {
    const uint16_t c = kCharacters[static_cast<unsigned char>(byte)];
    if (c < 0x80) {
      piece += static_cast<char>(c);
    } else {
      piece += static_cast<char>(0xC0U | c >> 6U);
      piece += static_cast<char>(0x80U | (c & 0x3FU));
    }
  }
  return piece;
}

std::optional<std::string> from_byte_alphabet(std::string_view piece) {
  std::string bytes;
  while (!piece.empty()) {
    const Utf8Sequence sequence = first_utf8_sequence(piece);
    if (sequence.state != Utf8State::Whole) return std::nullopt;
    const char32_t c = code_point(piece.substr(0, sequence.bytes));
    if (c >= kCharactersEnd || kBytes[c] < 0) return std::nullopt;
    bytes += static_cast<char>(kBytes[c]);
    piece.remove_prefix(sequence.bytes);
  }
  return bytes;
}

}  // namespace suan::engine
