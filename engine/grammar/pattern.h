#pragma once

#include <string_view>

#include "engine/grammar/code_graph.h"

namespace suan::engine {

/// Compiles a regular expression of JSON Schema's `pattern`: the texts in which it is found.
///
/// ECMA-262 with classes, groups, alternatives, quantifiers, and the anchors ^ and $; at most
/// kPatternStates states. Throws GrammarError that names what is not supported (lookaround,
/// back-references, word boundaries, Unicode properties).
/// Source:   ECMA-262 (2023), section 22.2, with the flag u
[[nodiscard]] CodeGraph compile_pattern(std::string_view pattern, CompileBudget& budget);

}  // namespace suan::engine
