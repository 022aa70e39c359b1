#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "engine/grammar/limits.h"
#include "engine/grammar/utf8_ranges.h"

namespace suan::engine {

using ExprId = uint32_t;
using RuleId = uint32_t;

/// An automaton of bytes written out: state 0 is the first.
struct ByteGraph {
  struct Edge {
    uint8_t low = 0;
    uint8_t high = 0;
    uint32_t target = 0;
  };

  struct State {
    std::vector<Edge> edges;
    bool is_final = false;
  };

  std::vector<State> states;
};

/// One node of the trees that rules are written in.
///
/// Members: at least one of several parts in their order, with a separator between any two;
/// those that are not required may be left out. Elements: the same, but only the end may be left
/// out. In both, a last part may come any number of times.
struct Expr {
  enum class Kind : uint8_t {
    Bytes,
    Class,
    Sequence,
    Choice,
    Repeat,
    Rule,
    Graph,
    Members,
    Elements
  } kind{};
  std::string bytes{};
  std::vector<CodeRange> ranges{};  // Class: normalized
  std::vector<ExprId> parts{};      // Repeat: one; Members, Elements: the separator first
  std::vector<bool> required{};     // Members
  bool has_last = false;            // Members, Elements: the last part may be repeated
  uint32_t low = 0;                 // Repeat, Elements: how many at least
  uint32_t high = 0;                // Repeat; Rule and Graph: which
};

constexpr uint32_t kNoBound = std::numeric_limits<uint32_t>::max();

struct DraftRule {
  std::string name;
  ExprId body = 0;
  bool is_defined = false;
  bool is_shared = false;  // never copied into its callers
};

/// The rules of a grammar while they are put together. Parts of a node come before it.
class Draft {
 public:
  explicit Draft(CompileBudget& budget) : budget_(&budget) {}

  ExprId bytes(std::string text);
  ExprId one_of(const std::vector<CodeRange>& ranges);
  ExprId sequence(std::vector<ExprId> parts);
  ExprId choice(std::vector<ExprId> parts);
  /// Throws GrammarError when low > high.
  ExprId repeat(ExprId part, uint32_t low, uint32_t high);

  ExprId optional(ExprId part) { return repeat(part, 0, 1); }

  ExprId call(RuleId rule);
  ExprId graph(ByteGraph graph);
  ExprId members(ExprId separator,
                 const std::vector<ExprId>& parts,
                 std::vector<bool> required,
                 const ExprId* repeated);
  ExprId elements(ExprId separator,
                  const std::vector<ExprId>& parts,
                  uint32_t low,
                  const ExprId* repeated);

  ExprId nothing() { return bytes({}); }

  /// Throws GrammarError when there are too many.
  RuleId add_rule(std::string name);
  void define(RuleId rule, ExprId body, bool is_shared = false);

  [[nodiscard]] const std::vector<Expr>& exprs() const { return exprs_; }

  [[nodiscard]] const std::vector<DraftRule>& rules() const { return rules_; }

  [[nodiscard]] const std::vector<ByteGraph>& graphs() const { return graphs_; }

  [[nodiscard]] CompileBudget& budget() const { return *budget_; }

 private:
  ExprId add(Expr expr);

  CompileBudget* budget_;
  std::vector<Expr> exprs_;
  std::vector<DraftRule> rules_;
  std::vector<ByteGraph> graphs_;
};

}  // namespace suan::engine
