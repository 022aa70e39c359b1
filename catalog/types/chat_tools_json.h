#pragma once

#include <string_view>

#include "catalog/types/chat_json.h"
#include "catalog/types/json_fields.h"

// Heavy: only .cpp files include this header.

namespace suan {

// The parts of `parse_body` that read tools, calls and forms of answers.

/// What a turn has beside role and content: thoughts, calls, the call that it answers.
void read_turn(const Json& message, JsonFields& fields, ChatMessage& out);

/// `tools`, `tool_choice`, `parallel_tool_calls`, `chat_template_kwargs`.
void read_tools(JsonFields& fields, ChatOptions& options);

/// `response_format`, `grammar`.
void read_form(JsonFields& fields, ChatOptions& options);

/// The texts of tools, schema and variables, with their keys in order.
///
/// Errors:   BadRequest  one is too long
[[nodiscard]] Result<void> read_parts(std::string_view body,
                                      const Json& json,
                                      ChatOptions& options);

}  // namespace suan
