#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/chat/chat_format.h"

namespace suan::engine {

/// A call that a model made.
struct ToolCall {
  std::string name;
  std::string arguments;  // a JSON object
};

/// The borders of calls in a model's text.
struct CallMarks {
  std::string_view begin;  // of all calls; empty: each stands alone
  std::string_view call_begin;
  std::string_view call_end;
  std::string_view end;
};

/// Requires: style is DeepSeekFenced, DeepSeekPlain or Hermes
[[nodiscard]] CallMarks marks_of(ToolCallStyle style);

/// Reads what stands between the marks of one call, or a whole answer of LlamaJson; nothing when
/// it is no call.
[[nodiscard]] std::optional<ToolCall> read_call(ToolCallStyle style, std::string_view text);

}  // namespace suan::engine
