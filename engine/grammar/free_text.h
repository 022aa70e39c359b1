#pragma once

#include <string_view>

#include "engine/grammar/draft.h"

namespace suan::engine {

/// Any text up to the first `mark`, which is its end. `mark` is as TokenTable spells it.
/// Requires: `mark` is not empty.
[[nodiscard]] ByteGraph text_until(std::string_view mark);

/// Any text in which `mark` does not occur.
[[nodiscard]] ByteGraph text_without(std::string_view mark);

}  // namespace suan::engine
