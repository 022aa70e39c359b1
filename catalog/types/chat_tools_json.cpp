#include "catalog/types/chat_tools_json.h"

#include <algorithm>
#include <array>
#include <utility>

#include "catalog/types/json_part.h"
#include "catalog/types/limits.h"

namespace suan {

namespace {

constexpr size_t kNameBytesMax = 64;

/// OpenAI's rule for names of functions.
bool is_function_name(const Json& name) {
  if (!name.is_string()) return false;
  const auto& text = name.get_ref<const std::string&>();
  return !text.empty() && text.size() <= kNameBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.';
         });
}

/// The member of an object; null when there is none, or no object.
const Json* member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

/// The text of `name`, or nothing given; false: it is something else.
bool read_text(const Json& object, const char* name, std::string& out) {
  const Json* value = member(object, name);
  if (value == nullptr) return true;
  if (!value->is_string()) return false;
  out = value->get<std::string>();
  return true;
}

bool read_call(const Json& json, ChatCall& call) {
  const Json* function = member(json, "function");
  if (function == nullptr || !read_text(json, "id", call.id)) return false;
  if (member(*function, "name") == nullptr) return false;
  return read_text(*function, "name", call.name) &&
         read_text(*function, "arguments", call.arguments);
}

/// A choice by name: `{"type":"function","function":{"name":...}}`.
void read_named_choice(const Json& choice, JsonFields& fields, ChatOptions& options) {
  const Json* function = member(choice, "function");
  const Json* name = function == nullptr ? nullptr : member(*function, "name");
  if (name == nullptr || !name->is_string()) {
    return fields.refuse("tool_choice", "auto, none, required, or a function's name");
  }
  options.tool_choice = ToolChoice::Named;
  options.tool_name = name->get<std::string>();
  if (std::ranges::find(options.functions, options.tool_name) == options.functions.end()) {
    fields.refuse("tool_choice", "one of the tools");
  }
}

void read_tool_choice(JsonFields& fields, ChatOptions& options) {
  const Json* choice = fields.find("tool_choice");
  if (choice == nullptr) return;
  if (!choice->is_string()) return read_named_choice(*choice, fields, options);
  const auto& word = choice->get_ref<const std::string&>();
  if (word == "none") {
    options.tool_choice = ToolChoice::None;
  } else if (word == "required") {
    options.tool_choice = ToolChoice::Required;
    if (options.functions.empty())
      fields.refuse("tool_choice", "auto where there are no tools");
  } else if (word != "auto") {
    fields.refuse("tool_choice", "auto, none, required, or a function's name");
  }
}

/// GBNF, as the body's own field or in its `suan` object.
void read_grammar(JsonFields& fields, ChatOptions& options) {
  const Json* grammar = fields.find("grammar");
  const Json* suan = fields.find("suan");
  if (grammar == nullptr && suan != nullptr) grammar = member(*suan, "grammar");
  if (grammar == nullptr) return;
  if (!grammar->is_string()) return fields.refuse("grammar", "a text of GBNF rules");
  if (options.form != AnswerForm::Free) {
    return fields.refuse("grammar", "left out where there is a response_format");
  }
  options.form = AnswerForm::Grammar;
  options.form_source = grammar->get<std::string>();
}

}  // namespace

void read_turn(const Json& message, JsonFields& fields, ChatMessage& out) {
  const Json* thoughts = member(message, "reasoning_content");
  if (thoughts != nullptr && thoughts->is_string()) {
    out.reasoning_content = thoughts->get<std::string>();
  }
  if (!read_text(message, "tool_call_id", out.tool_call_id) ||
      !read_text(message, "name", out.name)) {
    return fields.refuse("messages", "messages whose tool_call_id and name are texts");
  }
  const Json* calls = member(message, "tool_calls");
  if (calls == nullptr) return;
  if (!calls->is_array() || calls->size() > kToolsMax) {
    return fields.refuse("messages", "messages with at most 128 tool_calls");
  }
  for (const Json& call : *calls) {
    if (read_call(call, out.tool_calls.emplace_back())) continue;
    return fields.refuse("messages", "messages whose tool_calls name a function");
  }
}

void read_tools(JsonFields& fields, ChatOptions& options) {
  constexpr const char* kForm = "an array of at most 128 functions with names";
  if (const Json* tools = fields.find("tools")) {
    if (!tools->is_array() || tools->size() > kToolsMax) return fields.refuse("tools", kForm);
    for (const Json& tool : *tools) {
      const Json* function = member(tool, "function");
      const Json* name = function == nullptr ? nullptr : member(*function, "name");
      if (name == nullptr || !is_function_name(*name)) return fields.refuse("tools", kForm);
      options.functions.push_back(name->get<std::string>());
    }
  }
  read_tool_choice(fields, options);
  fields.read("parallel_tool_calls", options.has_parallel_calls);
  const Json* variables = fields.find("chat_template_kwargs");
  if (variables != nullptr && !variables->is_object()) {
    fields.refuse("chat_template_kwargs", "an object");
  }
}

void read_form(JsonFields& fields, ChatOptions& options) {
  if (const Json* format = fields.find("response_format")) {
    std::string type;
    if (!read_text(*format, "type", type)) type.clear();
    if (type == "json_object") {
      options.form = AnswerForm::JsonObject;
    } else if (type == "json_schema") {
      options.form = AnswerForm::JsonSchema;
      const Json* schema = member(*format, "json_schema");
      schema = schema == nullptr ? nullptr : member(*schema, "schema");
      if (schema == nullptr || !schema->is_object()) {
        fields.refuse("response_format", "given with a schema in json_schema.schema");
      }
    } else if (type != "text") {
      fields.refuse("response_format", "of type text, json_object or json_schema");
    }
  }
  read_grammar(fields, options);
}

Result<void> read_parts(std::string_view body, const Json& json, ChatOptions& options) {
  const auto read = [&](std::span<const std::string_view> path,
                        std::string& out) -> Result<void> {
    auto part = json_part(body, path, kPartBytesMax);
    if (!part) return forward(part.error());
    out = std::move(*part);
    return {};
  };
  constexpr std::array<std::string_view, 1> kTools = {"tools"};
  constexpr std::array<std::string_view, 1> kVariables = {"chat_template_kwargs"};
  constexpr std::array<std::string_view, 3> kSchema = {"response_format", "json_schema",
                                                       "schema"};
  if (!options.functions.empty()) {
    if (auto taken = read(kTools, options.tools); !taken) return taken;
  }
  if (options.form == AnswerForm::JsonSchema) {
    if (auto taken = read(kSchema, options.form_source); !taken) return taken;
  }
  if (member(json, "chat_template_kwargs") == nullptr) return {};
  return read(kVariables, options.variables);
}

}  // namespace suan
