#include "engine/grammar/draft.h"

#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace suan::engine {

ExprId Draft::bytes(std::string text) {
  return add({.kind = Expr::Kind::Bytes, .bytes = std::move(text)});
}

ExprId Draft::one_of(const std::vector<CodeRange>& ranges) {
  return add({.kind = Expr::Kind::Class, .ranges = normalized(ranges)});
}

ExprId Draft::sequence(std::vector<ExprId> parts) {
  if (parts.size() == 1) return parts.front();
  return add({.kind = Expr::Kind::Sequence, .parts = std::move(parts)});
}

ExprId Draft::choice(std::vector<ExprId> parts) {
  if (parts.size() == 1) return parts.front();
  return add({.kind = Expr::Kind::Choice, .parts = std::move(parts)});
}

ExprId Draft::repeat(ExprId part, uint32_t low, uint32_t high) {
  if (low > high) {
    throw GrammarError(
        fmt::format("a repetition of at least {} and at most {} times", low, high));
  }
  return add({.kind = Expr::Kind::Repeat, .parts = {part}, .low = low, .high = high});
}

ExprId Draft::call(RuleId rule) {
  assert(rule < rules_.size());
  return add({.kind = Expr::Kind::Rule, .high = rule});
}

ExprId Draft::graph(ByteGraph graph) {
  size_t edges = 0;
  for (const ByteGraph::State& state : graph.states)
    edges += state.edges.size();
  budget_->take(graph.states.size() * sizeof(ByteGraph::State) +
                edges * sizeof(ByteGraph::Edge));
  budget_->spend(edges);
  graphs_.push_back(std::move(graph));
  return add({.kind = Expr::Kind::Graph, .high = static_cast<uint32_t>(graphs_.size() - 1)});
}

ExprId Draft::members(ExprId separator,
                      const std::vector<ExprId>& parts,
                      std::vector<bool> required,
                      const ExprId* repeated) {
  assert(required.size() == parts.size());
  assert(repeated != nullptr || !parts.empty());
  Expr expr{.kind = Expr::Kind::Members, .required = std::move(required)};
  expr.parts.push_back(separator);
  expr.parts.insert(expr.parts.end(), parts.begin(), parts.end());
  expr.has_last = repeated != nullptr;
  if (repeated != nullptr) expr.parts.push_back(*repeated);
  return add(std::move(expr));
}

ExprId Draft::elements(ExprId separator,
                       const std::vector<ExprId>& parts,
                       uint32_t low,
                       const ExprId* repeated) {
  const ExprId id = members(separator, parts, std::vector<bool>(parts.size(), true), repeated);
  exprs_[id].kind = Expr::Kind::Elements;
  exprs_[id].low = low;
  return id;
}

RuleId Draft::add_rule(std::string name) {
  if (rules_.size() == GrammarLimits::kRules) {
    throw GrammarError(fmt::format("more than {} rules", GrammarLimits::kRules));
  }
  budget_->take(sizeof(DraftRule) + name.size());
  rules_.push_back({.name = std::move(name)});
  return static_cast<RuleId>(rules_.size() - 1);
}

void Draft::define(RuleId rule, ExprId body, bool is_shared) {
  assert(rule < rules_.size());
  assert(body < exprs_.size());
  rules_[rule].body = body;
  rules_[rule].is_defined = true;
  rules_[rule].is_shared = is_shared;
}

ExprId Draft::add(Expr expr) {
  budget_->take(sizeof(Expr) + expr.bytes.size() + expr.ranges.size() * sizeof(CodeRange) +
                expr.parts.size() * sizeof(ExprId));
  budget_->spend(4 + expr.bytes.size() + expr.ranges.size() + expr.parts.size());
  exprs_.push_back(std::move(expr));
  return static_cast<ExprId>(exprs_.size() - 1);
}

}  // namespace suan::engine
