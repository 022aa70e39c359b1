#include "catalog/types/text.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include <fmt/core.h>

namespace suan {

namespace {

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_name_character(char c) {
  return is_name_start(c) || c == '.' || c == '_' || c == '-';
}

/// Bytes of the UTF-8 sequence that `lead` begins; 0 when no sequence begins so.
size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

/// Length of the well-formed sequence at the start of `text`; 0 when there is none.
size_t valid_sequence(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const size_t length = sequence_length(byte(0));
  if (length == 0 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  if (length == 3 && byte(0) == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
  if (length == 3 && byte(0) == 0xED && byte(1) > 0x9F) return 0;  // surrogate
  if (length == 4 && byte(0) == 0xF0 && byte(1) < 0x90) return 0;  // overlong
  if (length == 4 && byte(0) == 0xF4 && byte(1) > 0x8F) return 0;  // above U+10FFFF
  return length;
}

/// Control characters of C0, DEL and C1 (which terminals obey even in UTF-8).
bool is_control(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

bool is_valid_name(std::string_view text) {
  if (text.empty() || text.size() > 64 || !is_name_start(text[0])) return false;
  return std::all_of(text.begin(), text.end(), is_name_character);
}

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = valid_sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view text, size_t limit) {
  std::string out;
  while (!text.empty() && out.size() < limit) {
    const size_t length = valid_sequence(text);
    const std::string_view piece = text.substr(0, std::max<size_t>(length, 1));
    if (length == 0 || is_control(piece)) {
      for (const char c : piece) {
        out += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
      }
    } else {
      out += piece;
    }
    text.remove_prefix(piece.size());
  }
  if (!text.empty()) out += "...";
  return out;
}

size_t complete_utf8_prefix(std::string_view text) {
  // A sequence is at most 4 bytes, so only the last 3 can begin one that is cut.
  const size_t from = text.size() > 3 ? text.size() - 3 : 0;
  for (size_t i = text.size(); i > from; --i) {
    const auto byte = static_cast<unsigned char>(text[i - 1]);
    if ((byte & 0xC0U) == 0x80U) continue;
    const size_t length = sequence_length(byte);
    return length > text.size() - (i - 1) ? i - 1 : text.size();
  }
  return text.size();
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  std::string_view best;
  size_t best_distance = word.size() / 2 + 1;
  for (const std::string_view candidate : known) {
    const size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace suan
