#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/chat/chat_format.h"

namespace suan::engine {

/// A call, or the next part of its arguments.
struct ToolCallPiece {
  uint32_t index = 0;     // of the call in this answer
  std::string name;       // in the call's first piece alone
  std::string arguments;  // JSON text; pieces join to a whole
};

/// What a text meant so far.
struct OutputPiece {
  std::string reasoning;
  std::string content;
  std::vector<ToolCallPiece> calls;
};

/// Splits generated text, as it comes, into thoughts, answer and calls. Marks are never shown,
/// also not in part: what may become one is held back. A call that cannot be read is content.
class OutputParser {
 public:
  struct Options {
    bool begins_in_reasoning = false;
    bool reads_calls = false;  // else the text of a call is content
  };

  OutputParser(const ChatFormat& format, const Options& options);

  [[nodiscard]] OutputPiece push(std::string_view text);

  /// No text follows: what was held back.
  [[nodiscard]] OutputPiece finish();

  [[nodiscard]] uint32_t calls() const { return calls_; }

 private:
  uint32_t calls_ = 0;
};

}  // namespace suan::engine
