#include "engine/grammar/json_rules.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/grammar/code_graph.h"
#include "engine/grammar/number_text.h"
#include "engine/grammar/source_text.h"

namespace suan::engine {
namespace {

constexpr uint32_t kIndentMax = 32;
// A longer string is never needed to fit a schema that admits one, and each character that is
// counted takes states.
constexpr uint32_t kCountedCharacters = 2000;

using Ranges = std::vector<CodeRange>;

}  // namespace

/// A rule may call itself, so its number is known before its body.
ExprId JsonRules::call(std::optional<RuleId>& rule,
                       std::string_view name,
                       ExprId (JsonRules::*body)()) {
  if (!rule) {
    rule = draft_.add_rule(std::string(name));
    const RuleId number = *rule;
    draft_.define(number, (this->*body)(), true);
  }
  return draft_.call(*rule);
}

ExprId JsonRules::blanks() {
  return call(blanks_, "blanks", &JsonRules::blanks_body);
}

ExprId JsonRules::value() {
  return call(value_, "value", &JsonRules::value_body);
}

ExprId JsonRules::object() {
  return call(object_, "object", &JsonRules::object_body);
}

ExprId JsonRules::array() {
  return call(array_, "array", &JsonRules::array_body);
}

ExprId JsonRules::string() {
  return call(string_, "string", &JsonRules::string_body);
}

ExprId JsonRules::number() {
  return call(number_, "number", &JsonRules::number_body);
}

ExprId JsonRules::whole_number() {
  return call(whole_number_, "integer", &JsonRules::whole_number_body);
}

ExprId JsonRules::boolean() {
  return draft_.choice({draft_.bytes("true"), draft_.bytes("false")});
}

ExprId JsonRules::blanks_body() {
  const ExprId line_ends = draft_.repeat(draft_.bytes("\n"), 1, 2);
  const ExprId indent = draft_.repeat(draft_.one_of({{' ', ' '}, {'\t', '\t'}}), 0, kIndentMax);
  return draft_.choice(
      {draft_.nothing(), draft_.bytes(" "), draft_.sequence({line_ends, indent})});
}

ExprId JsonRules::value_body() {
  return draft_.choice(
      {object(), array(), string(), number(), boolean(), draft_.bytes("null")});
}

ExprId JsonRules::object_body() {
  const ExprId one = member(string(), value());
  const ExprId members = draft_.members(comma(), {}, {}, &one);
  return braces(&members, true);
}

ExprId JsonRules::array_body() {
  const ExprId one = value();
  const ExprId elements = draft_.elements(comma(), {}, 0, &one);
  return brackets(&elements, true);
}

ExprId JsonRules::string_body() {
  const ExprId quote = draft_.bytes("\"");
  return draft_.sequence({quote, draft_.repeat(character(), 0, kNoBound), quote});
}

ExprId JsonRules::digits(uint32_t low, uint32_t high) {
  return draft_.repeat(draft_.one_of({{'0', '9'}}), low, high);
}

ExprId JsonRules::whole_number_body() {
  const ExprId many =
      draft_.sequence({draft_.one_of({{'1', '9'}}), digits(0, kWholeDigits - 1)});
  return draft_.choice(
      {draft_.bytes("0"), draft_.sequence({draft_.optional(draft_.bytes("-")), many})});
}

ExprId JsonRules::number_body() {
  const ExprId many =
      draft_.sequence({draft_.one_of({{'1', '9'}}), digits(0, kWholeDigits - 1)});
  const ExprId whole = draft_.choice({draft_.bytes("0"), many});
  const ExprId fraction = draft_.sequence({draft_.bytes("."), digits(1, kFractionDigits)});
  const ExprId sign = draft_.optional(draft_.one_of({{'+', '+'}, {'-', '-'}}));
  const ExprId exponent =
      draft_.sequence({draft_.one_of({{'e', 'e'}, {'E', 'E'}}), sign, digits(1, 2)});
  return draft_.sequence({draft_.optional(draft_.bytes("-")), whole, draft_.optional(fraction),
                          draft_.optional(exponent)});
}

ExprId JsonRules::short_character() {
  const Ranges letters{{'"', '"'}, {'\\', '\\'}, {'/', '/'}, {'b', 'b'},
                       {'f', 'f'}, {'n', 'n'},   {'r', 'r'}, {'t', 't'}};
  return draft_.choice({draft_.one_of(plain_in_json()),
                        draft_.sequence({draft_.bytes("\\"), draft_.one_of(letters)})});
}

/// With \uXXXX, where surrogates come in pairs.
ExprId JsonRules::character() {
  const Ranges hex{{'0', '9'}, {'A', 'F'}, {'a', 'f'}};
  const Ranges not_d{{'0', '9'}, {'A', 'C'}, {'E', 'F'}, {'a', 'c'}, {'e', 'f'}};
  const Ranges d{{'D', 'D'}, {'d', 'd'}};
  const auto hex_digits = [&](uint32_t count) {
    return draft_.repeat(draft_.one_of(hex), count, count);
  };
  const ExprId plain = draft_.sequence({draft_.one_of(not_d), hex_digits(3)});
  const ExprId below =
      draft_.sequence({draft_.one_of(d), draft_.one_of({{'0', '7'}}), hex_digits(2)});
  const ExprId high = draft_.sequence(
      {draft_.one_of(d), draft_.one_of({{'8', '9'}, {'A', 'B'}, {'a', 'b'}}), hex_digits(2)});
  const ExprId low = draft_.sequence(
      {draft_.one_of(d), draft_.one_of({{'C', 'F'}, {'c', 'f'}}), hex_digits(2)});
  const ExprId pair = draft_.sequence({high, draft_.bytes("\\u"), low});
  const ExprId unicode =
      draft_.sequence({draft_.bytes("\\u"), draft_.choice({plain, below, pair})});
  return draft_.choice({short_character(), unicode});
}

ExprId JsonRules::string_of_length(uint32_t low, uint32_t high) {
  if (low == 0 && high == kNoBound) return string();
  if (low > kCountedCharacters) {
    throw GrammarError(
        fmt::format("a minLength of more than {} is not supported", kCountedCharacters));
  }
  if (high != kNoBound) high = std::min(high, kCountedCharacters);
  const auto [found, is_new] = strings_.try_emplace({low, high}, 0);
  if (is_new) {
    found->second = draft_.add_rule(fmt::format("string{{{},{}}}", low, high));
    const ExprId quote = draft_.bytes("\"");
    const ExprId inside = draft_.repeat(short_character(), low, high);
    draft_.define(found->second, draft_.sequence({quote, inside, quote}), true);
  }
  return draft_.call(found->second);
}

ExprId JsonRules::name_other_than(const std::set<std::string>& names) {
  // A trie of the names; whatever leaves it is another name, and so is stopping between them.
  CodeGraph graph;
  graph.states.resize(2);
  constexpr uint32_t kRoot = 0;
  constexpr uint32_t kOther = 1;
  for (const std::string& name : names) {
    uint32_t state = kRoot;
    for (SourceText text(name); !text.is_done();) {
      const uint32_t code = text.take_code_point();
      const auto& edges = graph.states[state].edges;
      const auto found = std::ranges::find_if(
          edges, [&](const CodeGraph::Edge& edge) { return edge.range.low == code; });
      draft_.budget().spend(4 + edges.size());
      if (found != edges.end()) {
        state = found->target;
        continue;
      }
      const auto next = static_cast<uint32_t>(graph.states.size());
      graph.states[state].edges.push_back({{code, code}, next});
      graph.states.emplace_back();
      state = next;
    }
    graph.states[state].is_final = true;  // for now: a name ends here
  }
  for (CodeGraph::State& state : graph.states) {
    state.is_final = !state.is_final;
    Ranges known;
    for (const CodeRange plain : complement(plain_in_json()))
      known.push_back(plain);
    for (const CodeGraph::Edge& edge : state.edges)
      known.push_back(edge.range);
    // Names with characters that need escapes cannot be written without them.
    std::erase_if(state.edges, [](const CodeGraph::Edge& edge) {
      const uint32_t code = edge.range.low;
      return code < 0x20 || code == '"' || code == '\\';
    });
    for (const CodeRange range : complement(known))
      state.edges.push_back({range, kOther});
  }
  const ExprId quote = draft_.bytes("\"");
  return draft_.sequence({quote, draft_.graph(in_json_string(graph, draft_.budget())), quote});
}

ExprId JsonRules::enclosed(char open, const ExprId* inside, bool may_be_empty, char close) {
  std::vector<ExprId> parts{draft_.bytes(std::string(1, open)), blanks()};
  if (inside != nullptr) {
    const ExprId full = draft_.sequence({*inside, blanks()});
    parts.push_back(may_be_empty ? draft_.optional(full) : full);
  }
  parts.push_back(draft_.bytes(std::string(1, close)));
  return draft_.sequence(std::move(parts));
}

ExprId JsonRules::braces(const ExprId* members, bool may_be_empty) {
  return enclosed('{', members, may_be_empty, '}');
}

ExprId JsonRules::brackets(const ExprId* elements, bool may_be_empty) {
  return enclosed('[', elements, may_be_empty, ']');
}

ExprId JsonRules::comma() {
  return draft_.sequence({draft_.bytes(","), blanks()});
}

ExprId JsonRules::member(ExprId name, ExprId value) {
  return draft_.sequence({name, draft_.bytes(":"), blanks(), value});
}

}  // namespace suan::engine
