#pragma once

#include <string_view>

#include "engine/chat/template_ast.h"
#include "engine/chat/template_budget.h"

namespace suan::engine::jinja {

/// Reads a whole template: text, outputs, and the tags if, for, set, macro, break, continue, raw.
/// Hugging Face's `generation` tags are looked through.
///
/// Errors:   ModelError  names the line, and what is not supported
[[nodiscard]] TemplateProgram parse_template(std::string_view source,
                                             const TemplateLimits& limits);

}  // namespace suan::engine::jinja
