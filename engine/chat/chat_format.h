#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace suan::engine {

/// How a model writes calls.
enum class ToolCallStyle : uint8_t {
  None,
  DeepSeekFenced,  // V3, R1: type, name, and arguments behind ```json
  DeepSeekPlain,   // V3.1: name, arguments
  Hermes,          // <tool_call>{"name":...,"arguments":...}</tool_call>: Qwen
  LlamaJson,       // the whole answer is {"name":...,"parameters":...}
};

/// What a model writes besides its answer.
struct ChatFormat {
  bool has_reasoning = false;  // <think>...</think>
  ToolCallStyle tools = ToolCallStyle::None;

  /// Texts that mark borders; where the vocabulary has a token for one, that token means it.
  [[nodiscard]] std::vector<std::string> markers() const;
};

/// Recognised by the markers that the template writes.
[[nodiscard]] ChatFormat recognise_format(std::string_view template_source);

constexpr std::string_view kReasoningBegin = "<think>";
constexpr std::string_view kReasoningEnd = "</think>";

}  // namespace suan::engine
