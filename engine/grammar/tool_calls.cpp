#include "engine/grammar/tool_calls.h"

#include <utility>

#include <fmt/format.h>

#include "engine/grammar/free_text.h"
#include "engine/grammar/json_schema.h"

namespace suan::engine {
namespace {

ExprId one_call(const ToolFunction& function,
                const ToolCallFormat& format,
                const TokenTable& tokens,
                JsonRules& rules) {
  Draft& draft = rules.draft();
  if (function.name.empty()) throw GrammarError("a function has no name");
  try {
    const ExprId arguments = function.parameters.empty()
                                 ? rules.object()
                                 : read_json_schema(function.parameters, rules);
    return draft.sequence({draft.bytes(function.name + tokens.spell(format.name_end)),
                           arguments, draft.bytes(tokens.spell(format.call_end))});
  } catch (const GrammarError& error) {
    throw GrammarError(fmt::format("the function \"{}\": {}", function.name, error.what()));
  }
}

}  // namespace

ExprId read_tool_calls(const std::vector<ToolFunction>& functions,
                       const ToolCallFormat& format,
                       const TokenTable& tokens,
                       JsonRules& rules) {
  Draft& draft = rules.draft();
  if (functions.empty()) throw GrammarError("there is no function to call");
  if (functions.size() > GrammarLimits::kFunctions) {
    throw GrammarError(fmt::format("more than {} functions", GrammarLimits::kFunctions));
  }
  std::vector<ExprId> choices;
  for (const ToolFunction& function : functions)
    choices.push_back(one_call(function, format, tokens, rules));

  const ExprId begin = draft.bytes(tokens.spell(format.call_begin));
  const ExprId call = draft.sequence({begin, draft.choice(std::move(choices))});
  const ExprId between = draft.bytes(tokens.spell(format.between));
  const ExprId calls = draft.elements(between, {call}, 1, format.has_many ? &call : nullptr);
  const ExprId end = draft.bytes(tokens.spell(format.end));
  if (!format.is_optional) {
    return draft.sequence({draft.bytes(tokens.spell(format.begin)), calls, end});
  }

  // What opens the first call is the mark up to which free text goes.
  const bool has_begin = !format.begin.empty();
  const std::string mark = tokens.spell(has_begin ? format.begin : format.call_begin);
  if (mark.empty()) throw GrammarError("nothing tells calls from text in this format");
  const ExprId until = draft.graph(text_until(mark));
  ExprId rest = calls;
  if (!has_begin) {
    // The mark was the first call's beginning already.
    const ExprId first = draft.exprs()[call].parts.back();
    rest = format.has_many
               ? draft.sequence(
                     {first, draft.repeat(draft.sequence({between, call}), 0, kNoBound)})
               : first;
  }
  return draft.choice({draft.graph(text_without(mark)), draft.sequence({until, rest, end})});
}

}  // namespace suan::engine
