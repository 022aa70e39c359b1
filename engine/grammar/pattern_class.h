#pragma once

#include <vector>

#include "engine/grammar/code_graph.h"
#include "engine/grammar/source_text.h"

namespace suan::engine {

/// What `.` leaves out.
[[nodiscard]] const std::vector<CodeRange>& line_ends();

/// A class of characters behind its `[`, to its `]`. Throws GrammarError.
[[nodiscard]] std::vector<CodeRange> read_class(SourceText& source);

/// What an escape behind its `\` stands for. `in_class`: `\b` is a backspace there. Throws GrammarError.
[[nodiscard]] std::vector<CodeRange> read_escape(SourceText& source, bool in_class);

}  // namespace suan::engine
