#pragma once

#include <cstdint>
#include <vector>

#include "engine/grammar/draft.h"

namespace suan::engine {

/// The states of one rule as it is written: with empty moves, one way for each alternative.
struct RuleGraph {
  struct Call {
    RuleId rule = 0;
    uint32_t after = 0;
  };

  struct State {
    std::vector<ByteGraph::Edge> edges;
    std::vector<Call> calls;
    std::vector<uint32_t> empty;  // moves that read nothing
  };

  std::vector<State> states;  // the first is the start
  uint32_t final_state = 0;
};

/// Which rules are short and without loops, so that callers hold copies of them: tokens often
/// reach over the end of such a rule, and what lies in one rule can be worked out beforehand.
[[nodiscard]] std::vector<bool> rules_to_copy(const Draft& draft);

/// Throws GrammarError when it needs more than `states_max` states.
[[nodiscard]] RuleGraph build_rule_graph(const Draft& draft,
                                         RuleId rule,
                                         const std::vector<bool>& copied,
                                         uint32_t states_max);

/// The same language without empty moves; deterministic in bytes and calls unless that would
/// make it much larger.
struct ClosedRule {
  struct State {
    std::vector<ByteGraph::Edge> edges;
    std::vector<RuleGraph::Call> calls;
    bool is_final = false;
  };

  std::vector<State> states;  // the first is the start
};

[[nodiscard]] ClosedRule without_empty_moves(const RuleGraph& graph, CompileBudget& budget);

}  // namespace suan::engine
