#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "engine/weights/model_file.h"

namespace suan::engine {

/// Text from a file, fit for a message: printable ASCII, at most 80 characters, in quotes.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// Throws ModelError: `FILE: sentence`. The sentence names field, value and limit.
template <typename... Args>
[[noreturn]] void refuse(std::string_view file,
                         fmt::format_string<Args...> sentence,
                         Args&&... args) {
  throw ModelError(
      fmt::format("{}: {}", file, fmt::format(sentence, std::forward<Args>(args)...)));
}

}  // namespace suan::engine
