#include "engine/tokenizer/pieces.h"

#include <charconv>

namespace suan::engine {

std::optional<uint8_t> byte_of_piece(std::string_view piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece.back() != '>') return {};
  uint8_t byte = 0;
  const char* first = piece.data() + 3;
  const auto [end, error] = std::from_chars(first, first + 2, byte, 16);
  if (error != std::errc() || end != first + 2) return {};
  return byte;
}

uint8_t type_of_piece(std::string_view piece) {
  return byte_of_piece(piece) ? kBytePiece : kNormalPiece;
}

std::string with_marked_spaces(std::string_view text) {
  std::string marked;
  marked.reserve(text.size() + text.size() / 2);
  for (const char c : text) {
    if (c == ' ') {
      marked += kSpaceMark;
    } else {
      marked += c;
    }
  }
  return marked;
}

std::string with_plain_spaces(std::string_view piece) {
  std::string plain;
  for (size_t at = 0; at < piece.size();) {
    const size_t mark = std::min(piece.find(kSpaceMark, at), piece.size());
    plain += piece.substr(at, mark - at);
    if (mark < piece.size()) plain += ' ';
    at = mark + kSpaceMark.size();
  }
  return plain;
}

}  // namespace suan::engine
