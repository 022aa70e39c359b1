#include "engine/grammar/pattern.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/grammar/pattern_class.h"
#include "engine/grammar/source_text.h"
#include "engine/tokenizer/utf8.h"

namespace suan::engine {
namespace {

/// States with empty moves, some of which only hold at the text's beginning or end.
struct PatternGraph {
  enum class When : uint8_t { Always, AtBegin, AtEnd };

  struct Empty {
    uint32_t target = 0;
    When when{};
  };

  struct State {
    std::vector<CodeGraph::Edge> edges;
    std::vector<Empty> empty;
  };

  std::vector<State> states;
};

/// A stretch of states: built in one direction, nothing leads back into its first.
struct Piece {
  uint32_t first = 0;
  uint32_t last = 0;
};

class PatternReader {
 public:
  PatternReader(std::string_view pattern, CompileBudget& budget)
      : source_(pattern), budget_(budget) {}

  PatternGraph read(Piece& whole) {
    whole.first = add_state();
    whole.last = read_choice(whole.first, 0);
    if (!source_.is_done()) throw GrammarError("a ) has no (");
    return std::move(graph_);
  }

 private:
  uint32_t add_state() {
    if (graph_.states.size() == GrammarLimits::kPatternStates) {
      throw GrammarError(
          fmt::format("it needs more than {} states", GrammarLimits::kPatternStates));
    }
    budget_.spend(8);
    graph_.states.emplace_back();
    return static_cast<uint32_t>(graph_.states.size() - 1);
  }

  void add_empty(uint32_t from,
                 uint32_t target,
                 PatternGraph::When when = PatternGraph::When::Always) {
    graph_.states[from].empty.push_back({target, when});
  }

  uint32_t read_choice(uint32_t from, uint32_t depth) {
    if (depth > GrammarLimits::kDepth) {
      throw GrammarError(
          fmt::format("groups are nested more than {} deep", GrammarLimits::kDepth));
    }
    const uint32_t end = add_state();
    do {
      const uint32_t first = add_state();
      add_empty(from, first);
      add_empty(read_sequence(first, depth), end);
    } while (source_.take("|"));
    return end;
  }

  uint32_t read_sequence(uint32_t from, uint32_t depth) {
    while (!source_.is_done() && source_.peek() != '|' && source_.peek() != ')') {
      const auto first = static_cast<uint32_t>(graph_.states.size());
      const bool is_anchor = source_.peek() == '^' || source_.peek() == '$';
      const Piece piece = read_term(depth);
      add_empty(from, piece.first);
      from = read_quantifiers(piece, first, is_anchor);
    }
    return from;
  }

  Piece read_term(uint32_t depth) {
    const uint32_t first = add_state();
    if (source_.take("^")) return anchor(first, PatternGraph::When::AtBegin);
    if (source_.take("$")) return anchor(first, PatternGraph::When::AtEnd);
    if (source_.take("(")) return read_group(first, depth);
    if (source_.take("[")) return one_of(first, read_class(source_));
    if (source_.take(".")) return one_of(first, complement(line_ends()));
    if (source_.take("\\")) {
      refuse_assertions();
      return one_of(first, read_escape(source_, false));
    }
    const char next = source_.peek();
    if (next == '*' || next == '+' || next == '?' || next == '{') {
      throw GrammarError(fmt::format("nothing stands before {}", next));
    }
    const uint32_t code = source_.take_code_point();
    return one_of(first, {{code, code}});
  }

  Piece anchor(uint32_t first, PatternGraph::When when) {
    const uint32_t last = add_state();
    add_empty(first, last, when);
    return {first, last};
  }

  Piece one_of(uint32_t first, const std::vector<CodeRange>& ranges) {
    const uint32_t last = add_state();
    for (const CodeRange range : normalized(ranges))
      graph_.states[first].edges.push_back({range, last});
    budget_.take(ranges.size() * sizeof(CodeGraph::Edge));
    return {first, last};
  }

  Piece read_group(uint32_t first, uint32_t depth) {
    if (source_.take("?")) {
      if (source_.is_next("=") || source_.is_next("!") || source_.is_next("<=") ||
          source_.is_next("<!")) {
        throw GrammarError("lookaround is not supported");
      }
      if (source_.take("<")) {
        while (!source_.take(">")) {
          if (source_.is_done()) throw GrammarError("a group's name has no end");
          source_.take_code_point();
        }
      } else if (!source_.take(":")) {
        throw GrammarError("groups with flags are not supported");
      }
    }
    const uint32_t last = read_choice(first, depth + 1);
    if (!source_.take(")")) throw GrammarError("a ) is missing");
    return {first, last};
  }

  void refuse_assertions() const {
    const char next = source_.peek();
    if (next == 'b' || next == 'B') throw GrammarError("word boundaries are not supported");
    if ((next >= '1' && next <= '9') || next == 'k') {
      throw GrammarError("back-references are not supported");
    }
  }

  /// Returns where the text goes on after the piece and what stands behind it.
  uint32_t read_quantifiers(Piece piece, uint32_t first_state, bool is_anchor) {
    uint32_t low = 1;
    uint32_t high = 1;
    if (source_.take("*")) {
      low = 0;
      high = kNoBound;
    } else if (source_.take("+")) {
      high = kNoBound;
    } else if (source_.take("?")) {
      low = 0;
    } else if (source_.take("{")) {
      low = source_.take_number();
      high = low;
      if (source_.take(",")) high = source_.peek() == '}' ? kNoBound : source_.take_number();
      if (!source_.take("}")) throw GrammarError("a } is missing");
      if (low > high) throw GrammarError("a quantifier's bounds are in the wrong order");
    } else {
      return piece.last;
    }
    if (is_anchor) throw GrammarError("an anchor cannot be repeated");
    source_.take("?");  // lazy or greedy, the texts are the same
    return repeat(piece, first_state, low, high);
  }

  uint32_t repeat(Piece piece, uint32_t first_state, uint32_t low, uint32_t high) {
    const auto end_state = static_cast<uint32_t>(graph_.states.size());
    const uint32_t end = add_state();
    // The piece as read is the first copy; each further one is appended.
    Piece current = piece;
    if (low == 0) add_empty(current.first, end);
    if (high == 0) return skipped(piece);
    const uint32_t copies = high == kNoBound ? std::max(low, 1U) : high;
    for (uint32_t copy = 1; copy < copies; ++copy) {
      const Piece next = copied(piece, first_state, end_state);
      if (copy >= low) add_empty(current.last, end);
      add_empty(current.last, next.first);
      current = next;
    }
    add_empty(current.last, end);
    if (high == kNoBound) {
      const uint32_t again = add_state();
      add_empty(current.last, again);
      add_empty(again, current.first);
    }
    return end;
  }

  /// x{0}: what leads here goes past the piece.
  uint32_t skipped(Piece piece) {
    graph_.states[piece.first] = {};
    const uint32_t end = add_state();
    add_empty(piece.first, end);
    return end;
  }

  Piece copied(Piece piece, uint32_t begin, uint32_t end) {
    const auto shift = static_cast<uint32_t>(graph_.states.size()) - begin;
    for (uint32_t i = begin; i < end; ++i) {
      (void)add_state();
      // A copy, since adding states moves them. Ways out of the stretch are not copied.
      PatternGraph::State state = graph_.states[i];
      budget_.spend(state.edges.size() + state.empty.size());
      budget_.take(state.edges.size() * sizeof(CodeGraph::Edge));
      for (CodeGraph::Edge& edge : state.edges)
        edge.target += shift;
      std::erase_if(state.empty, [&](const PatternGraph::Empty& empty) {
        return empty.target < begin || empty.target >= end;
      });
      for (PatternGraph::Empty& empty : state.empty)
        empty.target += shift;
      graph_.states.back() = std::move(state);
    }
    return {piece.first + shift, piece.last + shift};
  }

  SourceText source_;
  CompileBudget& budget_;
  PatternGraph graph_;
};

/// Follows empty moves, with the anchors that hold where they are followed.
std::vector<uint32_t> closure(const PatternGraph& graph,
                              uint32_t from,
                              bool is_at_begin,
                              bool is_at_end,
                              CompileBudget& budget) {
  std::vector<bool> seen(graph.states.size(), false);
  std::vector<uint32_t> reached{from};
  seen[from] = true;
  for (size_t i = 0; i < reached.size(); ++i) {
    for (const PatternGraph::Empty& empty : graph.states[reached[i]].empty) {
      if (empty.when == PatternGraph::When::AtBegin && !is_at_begin) continue;
      if (empty.when == PatternGraph::When::AtEnd && !is_at_end) continue;
      if (seen[empty.target]) continue;
      seen[empty.target] = true;
      reached.push_back(empty.target);
    }
  }
  budget.spend(graph.states.size() / 8 + 4 * reached.size());
  return reached;
}

}  // namespace

CodeGraph compile_pattern(std::string_view pattern, CompileBudget& budget) {
  if (!is_utf8(pattern)) throw GrammarError("it is no UTF-8");
  Piece whole;
  PatternGraph graph = PatternReader(pattern, budget).read(whole);

  // Anything may stand before and after what is found. State 0 is the text's beginning; `before`
  // has skipped some of it; `after` skips the rest.
  const CodeRange any{0, kCodePointMax};
  const auto before = static_cast<uint32_t>(graph.states.size());
  graph.states.push_back({.edges = {{any, before}}, .empty = {{whole.first, {}}}});
  const auto after = static_cast<uint32_t>(graph.states.size());
  graph.states.push_back({.edges = {{any, after}}, .empty = {}});
  const auto begin = static_cast<uint32_t>(graph.states.size());
  graph.states.push_back({.edges = {{any, before}}, .empty = {{whole.first, {}}}});
  graph.states[whole.last].empty.push_back({after, {}});

  CodeGraph codes;
  codes.states.resize(graph.states.size() + 1);
  for (uint32_t i = 0; i < codes.states.size(); ++i) {
    const uint32_t from = i == 0 ? begin : i - 1;
    CodeGraph::State& state = codes.states[i];
    for (const uint32_t reached : closure(graph, from, i == 0, false, budget)) {
      budget.take(graph.states[reached].edges.size() * sizeof(CodeGraph::Edge));
      for (const CodeGraph::Edge& edge : graph.states[reached].edges)
        state.edges.push_back({edge.range, edge.target + 1});
    }
    const auto at_end = closure(graph, from, i == 0, true, budget);
    state.is_final = std::ranges::find(at_end, after) != at_end.end();
  }
  return codes;
}

}  // namespace suan::engine
