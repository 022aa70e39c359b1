#pragma once

#include <cstdint>
#include <vector>

#include "engine/grammar/draft.h"
#include "engine/grammar/utf8_ranges.h"

namespace suan::engine {

/// An automaton over characters, without empty moves; state 0 is the first.
struct CodeGraph {
  struct Edge {
    CodeRange range;
    uint32_t target = 0;
  };

  struct State {
    std::vector<Edge> edges;
    bool is_final = false;
  };

  std::vector<State> states;
};

/// The characters that stand for themselves inside a JSON string.
[[nodiscard]] const std::vector<CodeRange>& plain_in_json();

/// Only texts of `low` to `high` characters (kNoBound: any). Throws GrammarError when it grows
/// too large.
[[nodiscard]] CodeGraph with_length(const CodeGraph& graph,
                                    uint32_t low,
                                    uint32_t high,
                                    CompileBudget& budget);

/// The same texts as the inside of a JSON string: characters stand for themselves where JSON
/// allows it, and are escaped in the shortest way where not.
[[nodiscard]] ByteGraph in_json_string(const CodeGraph& graph, CompileBudget& budget);

}  // namespace suan::engine
