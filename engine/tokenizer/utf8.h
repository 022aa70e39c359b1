#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace suan::engine {

enum class Utf8State : uint8_t { Whole, Cut, Broken };

/// What stands at the start of a text: a whole character, one that the text's end cuts off, or
/// bytes that no continuation can make a character.
struct Utf8Sequence {
  Utf8State state{};
  size_t bytes = 0;  // Broken: how many stand for one U+FFFD (the maximal subpart)
};

/// Requires: `text` is not empty.
/// Source:   Unicode 15, table 3-7 (well-formed sequences) and section 3.9 (U+FFFD substitution)
[[nodiscard]] Utf8Sequence first_utf8_sequence(std::string_view text);

[[nodiscard]] bool is_utf8(std::string_view text);

/// A longest stretch of a text that is UTF-8, or that is none.
struct Utf8Run {
  std::string_view text;
  bool is_utf8 = false;
};

/// The runs of `text` in order.
[[nodiscard]] std::vector<Utf8Run> utf8_runs(std::string_view text);

/// The character of one whole sequence.
[[nodiscard]] char32_t code_point(std::string_view sequence);

/// Whether a byte can only stand inside a sequence.
[[nodiscard]] constexpr bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace suan::engine
