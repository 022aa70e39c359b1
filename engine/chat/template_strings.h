#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace suan::engine::jinja {

// How Python writes and reads texts and numbers, which is what templates were written for.

/// The text of a literal whose inside is `literal`: \n, \', \x41, \u4e2d, ...
[[nodiscard]] std::string without_escapes(std::string_view literal);

/// `'it'`, with the quotes and escapes of Python's repr.
[[nodiscard]] std::string python_quoted(std::string_view text);

/// `"it"`, as json.dumps(ensure_ascii=False) or, with `is_ascii`, as it does by default.
[[nodiscard]] std::string json_quoted(std::string_view text, bool is_ascii);

/// 1.0, 0.1, 1e+16, inf.
[[nodiscard]] std::string python_float(double number);

void append_utf8(std::string& text, uint32_t character);

// ASCII letters alone change; others stay.
[[nodiscard]] std::string upper_case(std::string_view text);
[[nodiscard]] std::string lower_case(std::string_view text);
/// The first letter of each word large, the others small.
[[nodiscard]] std::string title_case(std::string_view text);
/// The first letter large, the others small.
[[nodiscard]] std::string capitalized(std::string_view text);

}  // namespace suan::engine::jinja
