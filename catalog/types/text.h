#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace suan {

/// True for `[a-z0-9][a-z0-9._-]{0,63}`: names of sites, nodes, models and accounts.
[[nodiscard]] bool is_valid_name(std::string_view text);

/// True for well-formed UTF-8: no surrogates, no overlong forms, nothing above U+10FFFF.
[[nodiscard]] bool is_valid_utf8(std::string_view text);

/// `text` with control characters and invalid bytes written as `\xNN`, cut at `limit` bytes:
/// safe in a log line and on a terminal.
[[nodiscard]] std::string printable(std::string_view text, size_t limit = 200);

/// Length of the longest prefix of `text` that splits no UTF-8 sequence.
[[nodiscard]] size_t complete_utf8_prefix(std::string_view text);

/// The entry of `known` with the fewest edits from `word`, or "" when none is near.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string_view>& known);

}  // namespace suan
