#include "engine/grammar/automaton.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "engine/grammar/automaton_checks.h"
#include "engine/grammar/rule_graph.h"

namespace suan::engine {

size_t Automaton::bytes() const {
  return states_.size() * sizeof(State) + edges_.size() * sizeof(ByteEdge) +
         calls_.size() * sizeof(Call);
}

void Automaton::set_classes() {
  std::array<bool, 257> begins{};
  begins[0] = true;
  for (const ByteEdge& edge : edges_) {
    begins[edge.low] = true;
    begins[edge.high + 1U] = true;
  }
  uint32_t classes = 0;
  for (size_t byte = 0; byte < 256; ++byte) {
    if (begins[byte]) ++classes;
    class_of_[byte] = static_cast<uint8_t>(classes - 1);
  }
  classes_ = classes;
}

/// Appends the rules that the root needs, one after the other.
class AutomatonBuilder {
 public:
  explicit AutomatonBuilder(const Draft& draft)
      : draft_(draft), copied_(rules_to_copy(draft)), starts_(draft.rules().size(), kNoBound) {
    // The root is called by nobody, and may be short.
    for (const DraftRule& rule : draft.rules()) {
      if (!rule.is_defined) {
        throw GrammarError(fmt::format("the rule \"{}\" is not defined", rule.name));
      }
    }
  }

  Automaton build(RuleId root) {
    need(root);
    for (size_t i = 0; i < needed_.size(); ++i)
      append(needed_[i]);
    for (Automaton::Call& call : automaton_.calls_)
      call.rule_start = starts_[call.rule_start];
    automaton_.start_ = starts_[root];

    std::vector<NamedStart> starts;
    for (const RuleId rule : needed_)
      starts.push_back({starts_[rule], draft_.rules()[rule].name});
    AutomatonChecks(automaton_, std::move(starts), draft_.budget()).check_and_trim();
    automaton_.set_classes();
    return std::move(automaton_);
  }

 private:
  void need(RuleId rule) {
    if (starts_[rule] != kNoBound) return;
    starts_[rule] = kNoBound - 1;
    needed_.push_back(rule);
  }

  void append(RuleId rule) {
    const uint32_t room = GrammarLimits::kStates - states_written_;
    const RuleGraph graph = build_rule_graph(draft_, rule, copied_, room);
    states_written_ += static_cast<uint32_t>(graph.states.size());
    const ClosedRule closed = without_empty_moves(graph, draft_.budget());
    const auto first = static_cast<uint32_t>(automaton_.states_.size());
    starts_[rule] = first;
    for (const ClosedRule::State& state : closed.states)
      append(state, first);
  }

  void append(const ClosedRule::State& from, uint32_t first) {
    draft_.budget().spend(4 + from.edges.size() + from.calls.size());
    draft_.budget().take(sizeof(Automaton::State) +
                         from.edges.size() * sizeof(Automaton::ByteEdge) +
                         from.calls.size() * sizeof(Automaton::Call));
    Automaton::State state;
    state.first_edge = static_cast<uint32_t>(automaton_.edges_.size());
    state.first_call = static_cast<uint32_t>(automaton_.calls_.size());
    state.edges = static_cast<uint32_t>(from.edges.size());
    state.calls = static_cast<uint32_t>(from.calls.size());
    state.is_final = from.is_final;
    for (const ByteGraph::Edge& edge : from.edges)
      automaton_.edges_.push_back({edge.low, edge.high, first + edge.target});
    for (const RuleGraph::Call& call : from.calls) {
      need(call.rule);
      automaton_.calls_.push_back({call.rule, first + call.after});
    }
    automaton_.states_.push_back(state);
  }

  const Draft& draft_;
  std::vector<bool> copied_;
  std::vector<uint32_t> starts_;  // of rules: their first states
  std::vector<RuleId> needed_;
  uint32_t states_written_ = 0;
  Automaton automaton_;
};

Automaton build_automaton(const Draft& draft, RuleId root) {
  return AutomatonBuilder(draft).build(root);
}

}  // namespace suan::engine
