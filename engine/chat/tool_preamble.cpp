#include "engine/chat/tool_preamble.h"

#include <string>

#include "engine/chat/text_pieces.h"
#include "engine/chat/value_json.h"

namespace suan::engine {

namespace {

/// One call as the model writes it, with NAME and ARGUMENTS in place of its parts.
std::string example_call(ToolCallStyle style) {
  switch (style) {
    case ToolCallStyle::DeepSeekFenced:
      return "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>NAME\n"
             "```json\nARGUMENTS\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>";
    case ToolCallStyle::DeepSeekPlain:
      return "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>NAME<｜tool▁sep｜>ARGUMENTS"
             "<｜tool▁call▁end｜><｜tool▁calls▁end｜>";
    case ToolCallStyle::Hermes:
      return "<tool_call>\n{\"name\": \"NAME\", \"arguments\": ARGUMENTS}\n</tool_call>";
    default:
      return "{\"name\": \"NAME\", \"parameters\": ARGUMENTS}";
  }
}

}  // namespace

MarkedText tool_preamble(const jinja::List& tools, ToolCallStyle style) {
  MarkedText text = jinja::written_text(
      "## Tools\n\nYou can call functions. To call one, end your answer with\n\n" +
      example_call(style) +
      "\n\nwhere NAME is the function's name and ARGUMENTS is a JSON object that fits its "
      "parameters. These are the functions:\n");
  jinja::TemplateBudget budget{{}};
  for (const jinja::Value& tool : tools.items()) {
    jinja::append(text, jinja::given_text("\n" + jinja::json_of(tool, {}, budget)));
  }
  return text;
}

}  // namespace suan::engine
