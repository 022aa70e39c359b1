#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace suan::engine {

/// Pieces of byte-level vocabularies are written with one printable character for each byte: the
/// byte itself where it is printable Latin-1, else the next character from U+0100 on.
///
/// Source: openai/gpt-2 `bytes_to_unicode`
[[nodiscard]] std::string in_byte_alphabet(std::string_view bytes);

/// The bytes that a piece stands for; nothing when it has a character outside of the alphabet.
[[nodiscard]] std::optional<std::string> from_byte_alphabet(std::string_view piece);

}  // namespace suan::engine
