#pragma once

#include <string_view>
#include <vector>

#include "engine/chat/chat_format.h"
#include "engine/grammar/grammar.h"

namespace suan::engine {

/// The functions of a request's `tools` (a JSON array), the keys of their parameters in order.
[[nodiscard]] std::vector<ToolFunction> tool_functions(std::string_view tools);

/// How calls in this style are written, for a grammar that forces them.
/// Requires: style != ToolCallStyle::None
[[nodiscard]] ToolCallFormat tool_call_format(ToolCallStyle style);

}  // namespace suan::engine
