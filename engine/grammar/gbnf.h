#pragma once

#include <string_view>

#include "engine/grammar/draft.h"
#include "engine/grammar/token_table.h"

namespace suan::engine {

/// Reads rules as llama.cpp writes them; the text must fit the rule `root`.
///
/// Literals, classes, `.`, groups, alternatives, `* + ? {m} {m,} {m,n}`, comments, and special
/// tokens as `<name>` or `<[number]>`.
/// Throws GrammarError with the line.
/// Source:   ggml-org/llama.cpp, grammars/README.md
RuleId read_gbnf(std::string_view text, const TokenTable& tokens, Draft& draft);

}  // namespace suan::engine
