#pragma once

#include <string>
#include <string_view>

namespace suan::engine {

/// `text` without the white space (Unicode's White_Space) at its start, or at its end.
[[nodiscard]] std::string_view without_space_before(std::string_view text);
[[nodiscard]] std::string_view without_space_after(std::string_view text);

/// `text` in Unicode's normalization form C. Bytes that are no UTF-8 stay as they are. O(bytes).
[[nodiscard]] std::string in_form_c(std::string_view text);

}  // namespace suan::engine
