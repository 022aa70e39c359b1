#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "engine/grammar/rule_graph.h"

namespace suan::engine {
namespace {

using StateSet = std::vector<uint32_t>;  // sorted

/// Collects what states can do, empty moves followed.
class Closer {
 public:
  Closer(const RuleGraph& graph, CompileBudget& budget)
      : graph_(graph), budget_(budget), seen_(graph.states.size(), 0) {}

  /// All states that `states` reach without reading.
  StateSet close(const StateSet& states) {
    ++round_;
    StateSet open;
    for (const uint32_t state : states)
      visit(state, open);
    StateSet closed;
    while (!open.empty()) {
      const uint32_t state = open.back();
      open.pop_back();
      closed.push_back(state);
      for (const uint32_t next : graph_.states[state].empty)
        visit(next, open);
    }
    std::ranges::sort(closed);
    budget_.spend(4 * closed.size() + 4);
    return closed;
  }

 private:
  void visit(uint32_t state, StateSet& open) {
    budget_.spend(1);
    if (seen_[state] == round_) return;
    seen_[state] = round_;
    open.push_back(state);
  }

  const RuleGraph& graph_;
  CompileBudget& budget_;
  std::vector<uint32_t> seen_;
  uint32_t round_ = 0;
};

void make_unique(StateSet& states) {
  std::ranges::sort(states);
  states.erase(std::unique(states.begin(), states.end()), states.end());
}

struct ByteMove {
  uint8_t low = 0;
  uint8_t high = 0;
  StateSet targets;
};

/// Where the bytes are cut into pieces: within one, all edges of a set agree.
class Cuts {
 public:
  Cuts(const RuleGraph& graph, const StateSet& set) {
    for (const uint32_t state : set) {
      for (const ByteGraph::Edge& edge : graph.states[state].edges) {
        begins_[edge.low] = true;
        begins_[edge.high + 1U] = true;
      }
    }
    for (uint32_t byte = 0; byte < begins_.size(); ++byte) {
      if (begins_[byte]) cuts_.push_back(byte);
      piece_of_[byte] = static_cast<uint16_t>(cuts_.size() - 1);  // -1 before the first
    }
  }

  [[nodiscard]] size_t size() const { return cuts_.size(); }

  [[nodiscard]] uint32_t begin(size_t piece) const { return cuts_[piece]; }

  /// The piece that holds the byte; 256 stands for the end.
  [[nodiscard]] size_t piece_of(uint32_t byte) const { return piece_of_[byte]; }

 private:
  static constexpr size_t kEnds = 257;

  std::array<bool, kEnds> begins_{};
  std::array<uint16_t, kEnds> piece_of_{};
  std::vector<uint32_t> cuts_;
};

/// Cuts the edges of a set where they overlap, so that each byte has one move.
std::vector<ByteMove> byte_moves(const RuleGraph& graph,
                                 const StateSet& set,
                                 CompileBudget& budget) {
  const Cuts cuts(graph, set);
  budget.spend(128);
  std::vector<StateSet> pieces(cuts.size());
  for (const uint32_t state : set) {
    budget.spend(2 * graph.states[state].edges.size());
    for (const ByteGraph::Edge& edge : graph.states[state].edges) {
      const size_t end = cuts.piece_of(edge.high + 1U);
      for (size_t piece = cuts.piece_of(edge.low); piece < end; ++piece)
        pieces[piece].push_back(edge.target);
    }
  }
  std::vector<ByteMove> moves;
  for (size_t i = 0; i < pieces.size(); ++i) {
    budget.spend(4 + 2 * pieces[i].size());
    if (pieces[i].empty()) continue;
    make_unique(pieces[i]);
    const auto low = static_cast<uint8_t>(cuts.begin(i));
    const auto high = static_cast<uint8_t>(cuts.begin(i + 1) - 1);
    if (!moves.empty() && moves.back().high + 1 == low && moves.back().targets == pieces[i]) {
      moves.back().high = high;
    } else {
      moves.push_back({low, high, std::move(pieces[i])});
    }
  }
  return moves;
}

/// Sets of states become states: one after the other, as they are found.
class SubsetBuilder {
 public:
  SubsetBuilder(const RuleGraph& graph, CompileBudget& budget)
      : graph_(graph), budget_(budget), closer_(graph, budget) {}

  /// False when there are more than `states_max` sets.
  bool build(size_t states_max, ClosedRule& rule) {
    (void)number_of({0});
    for (size_t i = 0; i < sets_.size(); ++i) {
      if (sets_.size() > states_max) return false;
      rule.states.push_back(state_of(*sets_[i]));
    }
    return true;
  }

 private:
  ClosedRule::State state_of(const StateSet& set) {
    ClosedRule::State state;
    state.is_final = std::ranges::binary_search(set, graph_.final_state);
    for (ByteMove& move : byte_moves(graph_, set, budget_)) {
      state.edges.push_back({move.low, move.high, number_of(move.targets)});
    }
    std::map<RuleId, StateSet> afters;
    for (const uint32_t from : set) {
      for (const RuleGraph::Call& call : graph_.states[from].calls)
        afters[call.rule].push_back(call.after);
    }
    for (auto& [rule, after] : afters)
      state.calls.push_back({rule, number_of(after)});
    return state;
  }

  uint32_t number_of(const StateSet& states) {
    StateSet closed = closer_.close(states);
    const auto [found, is_new] =
        numbers_.try_emplace(std::move(closed), static_cast<uint32_t>(sets_.size()));
    budget_.spend(16);
    if (is_new) {
      budget_.take(found->first.size() * sizeof(uint32_t) + 96);
      sets_.push_back(&found->first);
    }
    return found->second;
  }

  const RuleGraph& graph_;
  CompileBudget& budget_;
  Closer closer_;
  std::map<StateSet, uint32_t> numbers_;
  std::vector<const StateSet*> sets_;
};

/// One state for each as written, with the ways of all that it reaches without reading.
ClosedRule closed_one_by_one(const RuleGraph& graph, CompileBudget& budget) {
  Closer closer(graph, budget);
  ClosedRule rule;
  for (uint32_t i = 0; i < graph.states.size(); ++i) {
    ClosedRule::State state;
    for (const uint32_t from : closer.close({i})) {
      const RuleGraph::State& part = graph.states[from];
      state.edges.insert(state.edges.end(), part.edges.begin(), part.edges.end());
      state.calls.insert(state.calls.end(), part.calls.begin(), part.calls.end());
      state.is_final = state.is_final || from == graph.final_state;
    }
    budget.spend(2 * state.edges.size() + 2 * state.calls.size());
    budget.take(state.edges.size() * sizeof(ByteGraph::Edge) +
                state.calls.size() * sizeof(RuleGraph::Call));
    std::ranges::sort(state.edges, {}, &ByteGraph::Edge::low);
    rule.states.push_back(std::move(state));
  }
  return rule;
}

}  // namespace

ClosedRule without_empty_moves(const RuleGraph& graph, CompileBudget& budget) {
  constexpr size_t kMoreStates = 64;
  ClosedRule rule;
  if (SubsetBuilder(graph, budget).build(2 * graph.states.size() + kMoreStates, rule)) {
    return rule;
  }
  return closed_one_by_one(graph, budget);
}

}  // namespace suan::engine
