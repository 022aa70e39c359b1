#include "engine/chat/chat_format.h"

#include <algorithm>

namespace suan::engine {

namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

ToolCallStyle recognise_calls(std::string_view source) {
  if (has(source, "<｜tool▁call▁begin｜>")) {
    return has(source, "```json") ? ToolCallStyle::DeepSeekFenced
                                  : ToolCallStyle::DeepSeekPlain;
  }
  // <function=name> inside of <tool_call> is another form, which is not read.
  if (has(source, "<tool_call>") && !has(source, "<function=")) return ToolCallStyle::Hermes;
  const bool is_llama = has(source, "<|start_header_id|>") && has(source, "\"parameters\"");
  return is_llama ? ToolCallStyle::LlamaJson : ToolCallStyle::None;
}

}  // namespace

std::vector<std::string> ChatFormat::markers() const {
  std::vector<std::string> found;
  if (has_reasoning) found = {std::string(kReasoningBegin), std::string(kReasoningEnd)};
  const auto add = [&](std::initializer_list<const char*> more) {
    found.insert(found.end(), more.begin(), more.end());
  };
  switch (tools) {
    case ToolCallStyle::None:
      break;
    case ToolCallStyle::DeepSeekFenced:
    case ToolCallStyle::DeepSeekPlain:
      add({"<｜tool▁calls▁begin｜>", "<｜tool▁call▁begin｜>", "<｜tool▁sep｜>",
           "<｜tool▁call▁end｜>", "<｜tool▁calls▁end｜>"});
      break;
    case ToolCallStyle::Hermes:
      add({"<tool_call>", "</tool_call>"});
      break;
    case ToolCallStyle::LlamaJson:
      add({"<|python_tag|>"});
      break;
  }
  return found;
}

ChatFormat recognise_format(std::string_view template_source) {
  ChatFormat format;
  format.has_reasoning = has(template_source, kReasoningEnd);
  format.tools = recognise_calls(template_source);
  return format;
}

}  // namespace suan::engine
