#pragma once

#include <string>
#include <string_view>

#include "engine/chat/template_error.h"
#include "engine/chat/template_parser.h"
#include "engine/chat/template_renderer.h"
#include "engine/chat/value_json.h"

namespace suan::engine::testing {

/// What a template makes of the variables in a JSON object.
inline MarkedText render_marked(std::string_view source, std::string_view variables = "{}") {
  const jinja::TemplateProgram program = jinja::parse_template(source, {});
  jinja::TemplateContext context;
  context.now_s = 1'732'400'000;  // 2024-11-23 22:13:20
  const auto values = jinja::value_of_json(variables);
  for (const auto& [name, value] : values->dict()->entries())
    context.variables.emplace_back(name, value);
  return jinja::TemplateRenderer(program, {}).run(context);
}

/// As above, without the marks; a refusal is "refused: " and its sentence.
inline std::string rendered(std::string_view source, std::string_view variables = "{}") {
  try {
    return render_marked(source, variables).text;
  } catch (const std::exception& error) {
    return std::string("refused: ") + error.what();
  }
}

}  // namespace suan::engine::testing
