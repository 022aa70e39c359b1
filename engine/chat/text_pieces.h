#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/tokenizer/marked_text.h"

namespace suan::engine::jinja {

// Texts that remember which of their bytes a template wrote itself (`markup`).

/// All of it is the template's own.
[[nodiscard]] MarkedText written_text(std::string text);
/// All of it came with the request.
[[nodiscard]] MarkedText given_text(std::string text);

void append(MarkedText& text, const MarkedText& more);

/// Requires: first + count <= text.text.size()
[[nodiscard]] MarkedText slice(const MarkedText& text, size_t first, size_t count);

/// `changed` in place of `text`: markup if all of `text` was, else none of it.
[[nodiscard]] MarkedText changed_text(const MarkedText& text, std::string changed);

/// The first place of `part` at or after `from`; npos when there is none. Linear time.
[[nodiscard]] size_t find_part(std::string_view text, std::string_view part, size_t from = 0);

/// Counts and places in Unicode characters, as templates count; bytes that are no UTF-8 count
/// one each, or not at all when they look like the rest of a character.
[[nodiscard]] size_t character_count(std::string_view text);
/// The byte at which character `index` begins; the text's size past its end.
[[nodiscard]] size_t byte_of_character(std::string_view text, size_t index);

}  // namespace suan::engine::jinja
