#pragma once

#include "engine/chat/chat_format.h"
#include "engine/chat/template_value.h"

namespace suan::engine {

/// Tells a model which functions there are and how it calls them, for chat templates that know
/// calls but show no tools (DeepSeek-V3, R1).
/// Requires: style != ToolCallStyle::None
[[nodiscard]] MarkedText tool_preamble(const jinja::List& tools, ToolCallStyle style);

}  // namespace suan::engine
