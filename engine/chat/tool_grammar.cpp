#include "engine/chat/tool_grammar.h"

#include <utility>

#include "engine/chat/value_json.h"

namespace suan::engine {

namespace {

using jinja::Dict;
using jinja::Value;

const Dict* dict_at(const Dict& dict, std::string_view key) {
  const Value* value = dict.find(key);
  return value == nullptr ? nullptr : value->dict();
}

}  // namespace

std::vector<ToolFunction> tool_functions(std::string_view tools) {
  std::vector<ToolFunction> functions;
  const auto list = jinja::value_of_json(tools);
  if (!list || list->list() == nullptr) return functions;
  jinja::TemplateBudget budget{{}};
  for (const Value& tool : list->list()->items()) {
    const Dict* function = tool.dict() == nullptr ? nullptr : dict_at(*tool.dict(), "function");
    const Value* name = function == nullptr ? nullptr : function->find("name");
    if (name == nullptr || name->text() == nullptr) continue;
    ToolFunction added{name->text()->text, {}};
    if (const Value* parameters = function->find("parameters"); parameters != nullptr) {
      if (parameters->dict() != nullptr) {
        added.parameters = jinja::json_of(*parameters, {}, budget);
      }
    }
    functions.push_back(std::move(added));
  }
  return functions;
}

ToolCallFormat tool_call_format(ToolCallStyle style) {
  ToolCallFormat format;
  switch (style) {
    case ToolCallStyle::DeepSeekFenced:
      format.begin = "<｜tool▁calls▁begin｜>";
      format.call_begin = "<｜tool▁call▁begin｜>function<｜tool▁sep｜>";
      format.name_end = "\n```json\n";
      format.call_end = "\n```<｜tool▁call▁end｜>";
      format.between = "\n";
      format.end = "<｜tool▁calls▁end｜>";
      break;
    case ToolCallStyle::DeepSeekPlain:
      format.begin = "<｜tool▁calls▁begin｜>";
      format.call_begin = "<｜tool▁call▁begin｜>";
      format.name_end = "<｜tool▁sep｜>";
      format.call_end = "<｜tool▁call▁end｜>";
      format.end = "<｜tool▁calls▁end｜>";
      break;
    case ToolCallStyle::Hermes:
      format.call_begin = "<tool_call>\n{\"name\": \"";
      format.name_end = "\", \"arguments\": ";
      format.call_end = "}\n</tool_call>";
      format.between = "\n";
      break;
    case ToolCallStyle::LlamaJson:
    case ToolCallStyle::None:
      format.call_begin = "{\"name\": \"";
      format.name_end = "\", \"parameters\": ";
      format.call_end = "}";
      format.has_many = false;
      break;
  }
  return format;
}

}  // namespace suan::engine
