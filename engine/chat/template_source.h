#pragma once

#include <string>
#include <string_view>

namespace suan::engine::jinja {

/// Line ends as Jinja has them, and without the one at the very end.
[[nodiscard]] std::string with_plain_line_ends(std::string_view source);

}  // namespace suan::engine::jinja
