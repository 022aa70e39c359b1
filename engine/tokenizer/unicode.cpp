#include "engine/tokenizer/unicode.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <utf8proc.h>
#include <vector>

#include "engine/tokenizer/utf8.h"

namespace suan::engine {
namespace {

/// Unicode's White_Space.
bool is_space(char32_t c) {
  if (c <= 0xFF) return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0;
  return c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}

/// Certainly unchanged by form C, whatever stands beside it; "no" costs time only.
bool is_inert(char32_t c) {
  if (c < 0x300) return true;
  if (c >= 0xAC00 && c <= 0xD7A3) return true;   // Hangul syllables, already composed
  if (c >= 0x1100 && c <= 0x11FF) return false;  // and what they are composed of
  const utf8proc_property_t& property = *utf8proc_get_property(static_cast<int32_t>(c));
  const bool may_follow_to_compose =
      property.comb_index >= 0x8000 && property.comb_index != UINT16_MAX;
  const bool decomposes = property.decomp_seqindex != UINT16_MAX && property.decomp_type == 0;
  return property.combining_class == 0 && !may_follow_to_compose && !decomposes;
}

/// The next whole character, or -1 for a byte that is none; moves `at` past it.
int32_t take(std::string_view text, size_t& at) {
  const Utf8Sequence sequence = first_utf8_sequence(text.substr(at));
  const bool is_whole = sequence.state == Utf8State::Whole;
  const int32_t c =
      is_whole ? static_cast<int32_t>(code_point(text.substr(at, sequence.bytes))) : -1;
  at += is_whole ? sequence.bytes : 1;
  return c;
}

bool is_inert(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const int32_t c = take(text, at);
    if (c >= 0 && !is_inert(static_cast<char32_t>(c))) return false;
  }
  return true;
}

void append_decomposed(int32_t c, std::vector<int32_t>& characters) {
  std::array<int32_t, 32> decomposed{};  // canonical decompositions have 4 at the most
  int last_boundary = 0;
  const auto count = utf8proc_decompose_char(
      c, decomposed.data(), decomposed.size(),
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE), &last_boundary);
  assert(count > 0);
  assert(static_cast<size_t>(count) <= decomposed.size());
  characters.insert(characters.end(), decomposed.begin(), decomposed.begin() + count);
}

int combining_class(int32_t c) {
  return utf8proc_get_property(c)->combining_class;
}

/// Canonical order; utf8proc's own takes quadratic time for many marks in a row.
void order_marks(std::vector<int32_t>& characters) {
  for (auto first = characters.begin(); first != characters.end();) {
    if (combining_class(*first) == 0) {
      ++first;
      continue;
    }
    const auto last = std::find_if(first, characters.end(),
                                   [](int32_t c) { return combining_class(c) == 0; });
    std::stable_sort(first, last, [](int32_t a, int32_t b) {
      return combining_class(a) < combining_class(b);
    });
    first = last;
  }
}

void append_composed(std::vector<int32_t>& characters, std::string& text) {
  if (characters.empty()) return;
  order_marks(characters);
  const auto count = utf8proc_normalize_utf32(
      characters.data(), static_cast<utf8proc_ssize_t>(characters.size()),
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  assert(count >= 0);
  for (utf8proc_ssize_t i = 0; i < count; ++i) {
    std::array<utf8proc_uint8_t, 4> bytes{};
    const auto length = utf8proc_encode_char(characters[static_cast<size_t>(i)], bytes.data());
    text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(length));
  }
  characters.clear();
}

}  // namespace

std::string_view without_space_before(std::string_view text) {
  while (!text.empty()) {
    size_t bytes = 0;
    const int32_t c = take(text, bytes);
    if (c < 0 || !is_space(static_cast<char32_t>(c))) break;
    text.remove_prefix(bytes);
  }
  return text;
}

std::string_view without_space_after(std::string_view text) {
  while (!text.empty()) {
    size_t first = text.size() - 1;
    while (first > 0 && is_continuation(text[first]))
      --first;
    const std::string_view last = text.substr(first);
    size_t bytes = 0;
    const int32_t c = take(last, bytes);
    if (bytes != last.size() || c < 0 || !is_space(static_cast<char32_t>(c))) break;
    text.remove_suffix(bytes);
  }
  return text;
}

std::string in_form_c(std::string_view text) {
  if (is_inert(text)) return std::string(text);
  std::string normal;
  normal.reserve(text.size());
  std::vector<int32_t> characters;  // of one run of UTF-8
  for (size_t at = 0; at < text.size();) {
    const size_t first = at;
    const int32_t c = take(text, at);
    if (c >= 0) {
      append_decomposed(c, characters);
      continue;
    }
    append_composed(characters, normal);
    normal += text[first];
  }
  append_composed(characters, normal);
  return normal;
}

}  // namespace suan::engine
