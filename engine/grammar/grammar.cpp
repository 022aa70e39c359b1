#include "engine/grammar/grammar.h"

#include <utility>

#include <fmt/format.h>

#include "engine/grammar/compiled.h"
#include "engine/grammar/free_text.h"
#include "engine/grammar/gbnf.h"
#include "engine/grammar/json_schema.h"
#include "engine/grammar/tool_calls.h"
#include "engine/tokenizer/utf8.h"

namespace suan::engine {
namespace {

using Kind = GrammarSource::Kind;

size_t size_of(const GrammarSource& source) {
  const ToolCallFormat& format = source.format;
  size_t size = source.text.size() + source.begins_after.size() + format.begin.size() +
                format.call_begin.size() + format.name_end.size() + format.call_end.size() +
                format.between.size() + format.end.size();
  for (const ToolFunction& function : source.functions)
    size += function.name.size() + function.parameters.size();
  return size;
}

void check_source(const GrammarSource& source) {
  if (size_of(source) > GrammarLimits::kSourceBytes) {
    throw GrammarError(fmt::format("the source is {} bytes long, more than {}", size_of(source),
                                   GrammarLimits::kSourceBytes));
  }
  if (!is_utf8(source.text)) throw GrammarError("the source is no UTF-8");
  const bool needs_text = source.kind == Kind::JsonSchema || source.kind == Kind::Gbnf;
  if (needs_text && source.text.empty()) throw GrammarError("the source is empty");
}

ExprId draft_body(const GrammarSource& source, const TokenTable& tokens, Draft& draft) {
  JsonRules rules(draft);
  switch (source.kind) {
    case Kind::JsonObject:
      return draft.sequence({rules.blanks(), rules.object()});
    case Kind::JsonSchema: {
      const ExprId blanks = rules.blanks();
      return draft.sequence({blanks, read_json_schema(source.text, rules)});
    }
    case Kind::Gbnf:
      return draft.call(read_gbnf(source.text, tokens, draft));
    case Kind::ToolCalls:
      return read_tool_calls(source.functions, source.format, tokens, rules);
  }
  return draft.choice({});
}

}  // namespace

RuleId draft_source(const GrammarSource& source, const TokenTable& tokens, Draft& draft) {
  check_source(source);
  ExprId body = draft_body(source, tokens, draft);
  const std::string mark = tokens.spell(source.begins_after);
  if (!mark.empty()) body = draft.sequence({draft.graph(text_until(mark)), body});
  const RuleId root = draft.add_rule("the whole text");
  draft.define(root, body, true);
  return root;
}

GrammarResult compile_grammar(const GrammarSource& source,
                              std::shared_ptr<const TokenTable> tokens) {
  try {
    CompileBudget budget;
    Draft draft(budget);
    const RuleId root = draft_source(source, *tokens, draft);
    auto compiled = std::make_unique<Grammar::Compiled>();
    compiled->automaton = build_automaton(draft, root);
    compiled->masks = StateMasks(compiled->automaton, *tokens, budget);
    compiled->tokens = std::move(tokens);
    // The first step is taken here, so that its failure is the source's, not a text's.
    (void)Machine(compiled->automaton).start(compiled->automaton.start());
    return std::make_shared<const Grammar>(std::move(compiled));
  } catch (const GrammarError& error) {
    return tl::unexpected<std::string>(error.what());
  }
}

Grammar::Grammar(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

Grammar::~Grammar() = default;

size_t Grammar::bytes() const {
  return sizeof(Compiled) + compiled_->automaton.bytes() + compiled_->masks.bytes();
}

}  // namespace suan::engine
