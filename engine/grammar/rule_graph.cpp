#include "engine/grammar/rule_graph.h"

#include <algorithm>
#include <cassert>
#include <optional>

#include <fmt/format.h>

namespace suan::engine {
namespace {

constexpr uint64_t kCopiedSize = 48;
constexpr uint64_t kCopiedRepeats = 8;

/// Builds in one direction: `build(expr, from)` adds ways out of `from` alone and returns where
/// they end. Nothing ever leads back into `from`, so alternatives may share it.
class GraphBuilder {
 public:
  GraphBuilder(const Draft& draft, const std::vector<bool>& copied, uint32_t states_max)
      : draft_(draft), copied_(copied), states_max_(states_max) {}

  RuleGraph rule(RuleId rule) {
    const uint32_t start = add_state();
    graph_.final_state = build(draft_.rules()[rule].body, start);
    return std::move(graph_);
  }

 private:
  uint32_t add_state() {
    if (graph_.states.size() == states_max_) {
      throw GrammarError(
          fmt::format("the grammar needs more than {} states", GrammarLimits::kStates));
    }
    draft_.budget().spend(8);
    graph_.states.emplace_back();
    return static_cast<uint32_t>(graph_.states.size() - 1);
  }

  void add_edge(uint32_t from, uint8_t low, uint8_t high, uint32_t target) {
    draft_.budget().spend(1);
    graph_.states[from].edges.push_back({low, high, target});
  }

  void add_empty(uint32_t from, uint32_t target) {
    draft_.budget().spend(1);
    graph_.states[from].empty.push_back(target);
  }

  uint32_t build(ExprId id, uint32_t from) {
    const Expr& expr = draft_.exprs()[id];
    switch (expr.kind) {
      case Expr::Kind::Bytes:
        return build_bytes(expr.bytes, from);
      case Expr::Kind::Class:
        return build_class(expr.ranges, from);
      case Expr::Kind::Sequence:
        for (const ExprId part : expr.parts)
          from = build(part, from);
        return from;
      case Expr::Kind::Choice:
        return build_choice(expr.parts, from);
      case Expr::Kind::Repeat:
        return build_repeat(expr, from);
      case Expr::Kind::Rule:
        return build_call(expr.high, from);
      case Expr::Kind::Graph:
        return build_copy(draft_.graphs()[expr.high], from);
      case Expr::Kind::Members:
      case Expr::Kind::Elements:
        return build_list(expr, from);
    }
    return from;
  }

  uint32_t build_bytes(std::string_view bytes, uint32_t from) {
    for (const char byte : bytes) {
      const uint32_t to = add_state();
      add_edge(from, static_cast<uint8_t>(byte), static_cast<uint8_t>(byte), to);
      from = to;
    }
    return from;
  }

  uint32_t build_class(const std::vector<CodeRange>& ranges, uint32_t from) {
    // tails[n] reads n more bytes 80..BF, as the ends of most characters are.
    const uint32_t end = add_state();
    std::vector<uint32_t> tails{end};
    for (const CodeRange range : ranges) {
      for (const ByteSequence& sequence : utf8_of(range))
        build_sequence(sequence, from, tails);
    }
    return end;
  }

  void build_sequence(const ByteSequence& sequence,
                      uint32_t from,
                      std::vector<uint32_t>& tails) {
    for (uint8_t i = 0; i < sequence.size; ++i) {
      const auto rest_begin = &sequence.bytes[i + 1];
      const auto rest_end = &sequence.bytes[sequence.size];
      const bool is_full_tail = std::all_of(rest_begin, rest_end, [](ByteSequence::Range one) {
        return one.low == 0x80 && one.high == 0xBF;
      });
      const ByteSequence::Range range = sequence.bytes[i];
      if (is_full_tail) {
        add_edge(from, range.low, range.high, tail_of(sequence.size - i - 1U, tails));
        return;
      }
      const uint32_t to = add_state();
      add_edge(from, range.low, range.high, to);
      from = to;
    }
  }

  uint32_t tail_of(size_t bytes, std::vector<uint32_t>& tails) {
    while (tails.size() <= bytes) {
      const uint32_t state = add_state();
      add_edge(state, 0x80, 0xBF, tails.back());
      tails.push_back(state);
    }
    return tails[bytes];
  }

  uint32_t build_choice(const std::vector<ExprId>& parts, uint32_t from) {
    const uint32_t end = add_state();
    for (const ExprId part : parts)
      add_empty(build(part, from), end);
    return end;
  }

  uint32_t build_repeat(const Expr& expr, uint32_t from) {
    const ExprId part = expr.parts.front();
    for (uint32_t i = 0; i < expr.low; ++i)
      from = build_apart(part, from);
    if (expr.high == kNoBound) {
      const uint32_t loop = add_state();
      add_empty(from, loop);
      add_empty(build(part, loop), loop);
      const uint32_t end = add_state();
      add_empty(loop, end);
      return end;
    }
    if (expr.high == expr.low) return from;
    const uint32_t end = add_state();
    for (uint32_t i = expr.low; i < expr.high; ++i) {
      add_empty(from, end);
      from = build_apart(part, from);
    }
    add_empty(from, end);
    return end;
  }

  /// A repetition of nothing would take no states at all, however often: count it.
  uint32_t build_apart(ExprId part, uint32_t from) {
    draft_.budget().spend(8);
    return build(part, from);
  }

  uint32_t build_call(RuleId rule, uint32_t from) {
    if (copied_[rule]) return build(draft_.rules()[rule].body, from);
    const uint32_t after = add_state();
    graph_.states[from].calls.push_back({rule, after});
    return after;
  }

  uint32_t build_copy(const ByteGraph& other, uint32_t from) {
    const auto first = static_cast<uint32_t>(graph_.states.size());
    for (size_t i = 0; i < other.states.size(); ++i)
      add_state();
    const uint32_t end = add_state();
    add_empty(from, first);
    for (uint32_t i = 0; i < other.states.size(); ++i) {
      for (const ByteGraph::Edge& edge : other.states[i].edges)
        add_edge(first + i, edge.low, edge.high, first + edge.target);
      if (other.states[i].is_final) add_empty(first + i, end);
    }
    return end;
  }

  /// Each part is built once: `first` leads to it when nothing stands before, `rest` and a
  /// separator when something does.
  uint32_t build_list(const Expr& expr, uint32_t from) {
    const bool is_members = expr.kind == Expr::Kind::Members;
    const size_t parts = expr.parts.size() - 1 - (expr.has_last ? 1 : 0);
    const uint32_t end = add_state();
    std::optional<uint32_t> first = add_state();
    std::optional<uint32_t> rest;
    add_empty(from, *first);
    for (size_t i = 0; i < parts; ++i) {
      const uint32_t after = build_part(expr, i + 1, first, rest);
      const bool is_optional = is_members && !expr.required[i];
      if (rest && is_optional) add_empty(*rest, after);
      if (!is_optional) first.reset();
      rest = after;
      if (!is_members && i + 1 >= expr.low) add_empty(after, end);
    }
    if (expr.has_last) {
      const uint32_t begin = add_state();
      const uint32_t after = build_part(expr, parts + 1, first, rest);
      if (rest) add_empty(*rest, after);
      const uint32_t again = build_apart(expr.parts.front(), after);
      add_empty(again, begin);
      add_empty(build_apart(expr.parts.back(), begin), after);
      rest = after;
    }
    add_empty(*rest, end);
    return end;
  }

  uint32_t build_part(const Expr& expr,
                      size_t part,
                      std::optional<uint32_t> first,
                      std::optional<uint32_t> rest) {
    const uint32_t begin = add_state();
    if (first) add_empty(*first, begin);
    if (rest) add_empty(build(expr.parts.front(), *rest), begin);
    const uint32_t after = add_state();
    add_empty(build(expr.parts[part], begin), after);
    return after;
  }

  const Draft& draft_;
  const std::vector<bool>& copied_;
  uint32_t states_max_;
  RuleGraph graph_;
};

uint64_t capped(uint64_t size) {
  return std::min<uint64_t>(size, kCopiedSize + 1);
}

/// States that a node needs, with the rules known so far to be copied; more than kCopiedSize
/// when it is too large, has a loop, or calls another rule.
uint64_t copied_size(const Expr& expr,
                     const std::vector<uint64_t>& of_exprs,
                     const std::vector<uint64_t>& of_rules) {
  uint64_t size = 1;
  switch (expr.kind) {
    case Expr::Kind::Bytes:
      return capped(expr.bytes.size());
    case Expr::Kind::Class:
      return 8;
    case Expr::Kind::Sequence:
    case Expr::Kind::Choice:
      for (const ExprId part : expr.parts)
        size = capped(size + of_exprs[part]);
      return size;
    case Expr::Kind::Repeat:
      if (expr.high > kCopiedRepeats) return kCopiedSize + 1;
      return capped(of_exprs[expr.parts.front()] * expr.high + 1);
    case Expr::Kind::Rule:
      return of_rules[expr.high];
    case Expr::Kind::Graph:
    case Expr::Kind::Members:
    case Expr::Kind::Elements:
      return kCopiedSize + 1;
  }
  return kCopiedSize + 1;
}

}  // namespace

std::vector<bool> rules_to_copy(const Draft& draft) {
  // A rule that reaches itself never gets a size. Few rounds settle rules that build on others.
  constexpr int kRounds = 6;
  std::vector<uint64_t> of_rules(draft.rules().size(), kCopiedSize + 1);
  std::vector<uint64_t> of_exprs(draft.exprs().size(), 0);
  for (int round = 0; round < kRounds; ++round) {
    draft.budget().spend(of_exprs.size());
    for (size_t i = 0; i < of_exprs.size(); ++i)
      of_exprs[i] = copied_size(draft.exprs()[i], of_exprs, of_rules);
    bool has_changed = false;
    for (size_t i = 0; i < of_rules.size(); ++i) {
      const DraftRule& rule = draft.rules()[i];
      if (!rule.is_defined || rule.is_shared || of_exprs[rule.body] == of_rules[i]) continue;
      of_rules[i] = of_exprs[rule.body];
      has_changed = true;
    }
    if (!has_changed) break;
  }
  std::vector<bool> copied;
  for (const uint64_t size : of_rules)
    copied.push_back(size <= kCopiedSize);
  return copied;
}

RuleGraph build_rule_graph(const Draft& draft,
                           RuleId rule,
                           const std::vector<bool>& copied,
                           uint32_t states_max) {
  return GraphBuilder(draft, copied, states_max).rule(rule);
}

}  // namespace suan::engine
