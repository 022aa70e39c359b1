#pragma once

#include "engine/grammar/grammar.h"
#include "engine/grammar/json_rules.h"

namespace suan::engine {

/// Calls of some functions in a model's own format. Throws GrammarError that names the function.
[[nodiscard]] ExprId read_tool_calls(const std::vector<ToolFunction>& functions,
                                     const ToolCallFormat& format,
                                     const TokenTable& tokens,
                                     JsonRules& rules);

}  // namespace suan::engine
