#include "engine/chat/call_reader.h"

#include <algorithm>
#include <utility>

#include "engine/chat/template_error.h"
#include "engine/chat/value_json.h"

namespace suan::engine {

namespace {

using jinja::Dict;
using jinja::Value;

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::string_view kFence = "```";
constexpr std::string_view kSeparator = "<｜tool▁sep｜>";
constexpr size_t kNameBytesMax = 256;

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax &&
         std::none_of(name.begin(), name.end(), [](char byte) {
           return static_cast<unsigned char>(byte) <= ' ' || byte == '<' || byte == '"';
         });
}

bool is_object(std::string_view json) {
  const auto value = jinja::value_of_json(json);
  return value && value->dict() != nullptr;
}

/// `name<sep>arguments`, or `type<sep>name`, a line, and the arguments in a fence.
std::optional<ToolCall> read_deepseek(std::string_view text) {
  const size_t separator = text.find(kSeparator);
  if (separator == std::string_view::npos) return std::nullopt;
  std::string_view name = trimmed(text.substr(0, separator));
  std::string_view arguments = trimmed(text.substr(separator + kSeparator.size()));
  const size_t fence = arguments.find(kFence);
  const bool has_fence = fence != std::string_view::npos && arguments.size() > fence + 6 &&
                         arguments.front() != '{' && arguments.ends_with(kFence);
  if (has_fence) {
    name = trimmed(arguments.substr(0, fence));
    arguments.remove_prefix(fence + kFence.size());
    arguments.remove_suffix(kFence.size());
    if (arguments.starts_with("json")) arguments.remove_prefix(4);
    arguments = trimmed(arguments);
  }
  if (!is_name(name) || !is_object(arguments)) return std::nullopt;
  return ToolCall{std::string(name), std::string(arguments)};
}

/// The arguments as JSON text; some models put them into a text of their own.
std::optional<std::string> arguments_in(const Dict& call) {
  const Value* arguments = call.find("arguments");
  if (arguments == nullptr) arguments = call.find("parameters");
  if (arguments == nullptr || arguments->is<jinja::None>()) return "{}";
  if (const MarkedText* text = arguments->text()) {
    return is_object(text->text) ? std::optional(text->text) : std::nullopt;
  }
  if (arguments->dict() == nullptr) return std::nullopt;
  jinja::TemplateBudget budget{{}};
  return jinja::json_of(*arguments, {}, budget);
}

std::optional<ToolCall> read_json(std::string_view text) {
  const auto value = jinja::value_of_json(trimmed(text));
  if (!value || value->dict() == nullptr) return std::nullopt;
  const Value* name = value->dict()->find("name");
  if (name == nullptr || name->text() == nullptr || !is_name(name->text()->text)) {
    return std::nullopt;
  }
  auto arguments = arguments_in(*value->dict());
  if (!arguments) return std::nullopt;
  return ToolCall{name->text()->text, std::move(*arguments)};
}

}  // namespace

CallMarks marks_of(ToolCallStyle style) {
  if (style == ToolCallStyle::Hermes) return {"", "<tool_call>", "</tool_call>", ""};
  return {"<｜tool▁calls▁begin｜>", "<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>",
          "<｜tool▁calls▁end｜>"};
}

std::optional<ToolCall> read_call(ToolCallStyle style, std::string_view text) {
  try {
    const bool is_json = style == ToolCallStyle::Hermes || style == ToolCallStyle::LlamaJson;
    return is_json ? read_json(text) : read_deepseek(text);
  } catch (const jinja::TemplateError&) {  // beyond the limits of any value
    return std::nullopt;
  }
}

}  // namespace suan::engine
