#include "engine/chat/chat_context.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "engine/chat/text_pieces.h"
#include "engine/chat/tool_preamble.h"
#include "engine/chat/value_json.h"
#include "engine/weights/refuse.h"

namespace suan::engine {

namespace {

using jinja::Dict;
using jinja::List;
using jinja::None;
using jinja::Value;

constexpr std::array<std::string_view, 7> kOwnNames = {
    "messages",  "tools",     "documents", "add_generation_prompt",
    "bos_token", "eos_token", "loop"};

Value dict_of(std::vector<Dict::Entry> entries) {
  return {std::make_shared<const Dict>(std::move(entries))};
}

/// Some templates join arguments to texts, others look inside: this value does both.
Value arguments_of(const std::string& arguments) {
  const std::string text = arguments.empty() ? "{}" : arguments;
  auto parsed = jinja::value_of_json(text);
  if (!parsed || parsed->dict() == nullptr) return Value::given(text);
  return {std::make_shared<const Dict>(
      parsed->dict()->entries(), std::make_shared<const MarkedText>(jinja::given_text(text)))};
}

Value calls_of(const std::vector<ChatToolCall>& calls) {
  std::vector<Value> list;
  for (const ChatToolCall& call : calls) {
    Value function = dict_of(
        {{"name", Value::given(call.name)}, {"arguments", arguments_of(call.arguments)}});
    std::vector<Dict::Entry> entries = {{"type", Value::given("function")},
                                        {"function", std::move(function)}};
    if (!call.id.empty()) entries.emplace_back("id", Value::given(call.id));
    list.push_back(dict_of(std::move(entries)));
  }
  return Value::of(std::move(list));
}

Value content_of(const ChatMessage& message, const ChatAbilities& abilities) {
  if (message.content) return Value::given(*message.content);
  const bool is_none = !message.tool_calls.empty() && abilities.wants_no_content;
  return is_none ? Value(Value::Data(None{})) : Value::given("");
}

Value message_of(const ChatMessage& message, const ChatAbilities& abilities) {
  std::vector<Dict::Entry> entries = {{"role", Value::given(message.role)},
                                      {"content", content_of(message, abilities)}};
  if (message.reasoning_content) {
    entries.emplace_back("reasoning_content", Value::given(*message.reasoning_content));
  }
  if (!message.tool_calls.empty()) {
    entries.emplace_back("tool_calls", calls_of(message.tool_calls));
  }
  if (!message.tool_call_id.empty()) {
    entries.emplace_back("tool_call_id", Value::given(message.tool_call_id));
  }
  if (!message.name.empty()) entries.emplace_back("name", Value::given(message.name));
  return dict_of(std::move(entries));
}

/// The conversation with the tools told in its system message.
std::vector<Value> with_preamble(const ChatRequest& request,
                                 const MarkedText& preamble,
                                 const ChatAbilities& abilities) {
  std::vector<Value> messages;
  const bool has_system =
      !request.messages.empty() && request.messages.front().role == "system";
  MarkedText system;
  if (has_system) {
    system = jinja::given_text(request.messages.front().content.value_or("") + "\n\n");
  }
  jinja::append(system, preamble);
  messages.push_back(
      dict_of({{"role", Value::given("system")}, {"content", Value::of(std::move(system))}}));
  for (size_t i = has_system ? 1 : 0; i < request.messages.size(); ++i)
    messages.push_back(message_of(request.messages[i], abilities));
  return messages;
}

std::vector<Value> messages_of(const ChatRequest& request, const ChatAbilities& abilities) {
  std::vector<Value> messages;
  for (const ChatMessage& message : request.messages)
    messages.push_back(message_of(message, abilities));
  return messages;
}

/// The complaint about them, or nothing: then they stand among the variables.
std::string add_variables(const std::string& json, jinja::TemplateContext& context) {
  const auto variables = jinja::value_of_json(json);
  if (!variables || variables->dict() == nullptr)
    return "the template's variables are no object";
  for (const auto& [name, value] : variables->dict()->entries()) {
    if (std::find(kOwnNames.begin(), kOwnNames.end(), name) != kOwnNames.end()) {
      return "the template's variable " + in_quotes(name) + " cannot be set";
    }
    context.variables.emplace_back(name, value);
  }
  // One wish, two names: Qwen's, and that of DeepSeek.
  const Value* thinks = variables->dict()->find("enable_thinking");
  if (thinks != nullptr && variables->dict()->find("thinking") == nullptr) {
    context.variables.emplace_back("thinking", *thinks);
  }
  return {};
}

}  // namespace

tl::expected<jinja::TemplateContext, std::string> chat_context(const ChatRequest& request,
                                                               const ChatFormat& format,
                                                               const ChatAbilities& abilities) {
  jinja::TemplateContext context;
  context.now_s = request.now_s;
  auto& variables = context.variables;

  Value tools{Value::Data(None{})};
  if (!request.tools.empty()) {
    auto parsed = jinja::value_of_json(request.tools);
    if (!parsed || parsed->list() == nullptr) {
      return tl::unexpected<std::string>("the tools are no JSON array");
    }
    if (parsed->list()->size() > 0) tools = std::move(*parsed);
  }
  const bool needs_preamble = tools.list() != nullptr && !abilities.shows_tools;
  if (needs_preamble && format.tools == ToolCallStyle::None) {
    return tl::unexpected<std::string>("this model's chat template takes no tools");
  }
  variables.emplace_back(
      "messages",
      Value::of(
          needs_preamble
              ? with_preamble(request, tool_preamble(*tools.list(), format.tools), abilities)
              : messages_of(request, abilities)));
  variables.emplace_back("tools", std::move(tools));
  variables.emplace_back("documents", Value(Value::Data(None{})));
  variables.emplace_back("add_generation_prompt",
                         Value(Value::Data(request.add_generation_prompt)));
  variables.emplace_back("bos_token", Value::of(jinja::written_text(request.bos)));
  variables.emplace_back("eos_token", Value::of(jinja::written_text(request.eos)));
  if (request.enable_thinking) {
    variables.emplace_back("enable_thinking", Value(Value::Data(*request.enable_thinking)));
    variables.emplace_back("thinking", Value(Value::Data(*request.enable_thinking)));
  }
  if (!request.variables.empty()) {
    if (std::string complaint = add_variables(request.variables, context); !complaint.empty()) {
      return tl::unexpected(std::move(complaint));
    }
  }
  return context;
}

}  // namespace suan::engine
