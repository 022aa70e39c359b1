#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/chat/call_reader.h"
#include "engine/chat/chat_format.h"

namespace suan::engine {

/// What a text meant so far.
struct OutputPiece {
  std::string reasoning;
  std::string content;
  std::vector<ToolCall> calls;  // whole ones

  [[nodiscard]] bool empty() const {
    return reasoning.empty() && content.empty() && calls.empty();
  }
};

/// Splits generated text, as it comes, into thoughts, answer and calls. Marks are never shown,
/// also not in part: what may become one is held back, and so is a call until it is whole. What
/// cannot be read as a call, or calls a function that nobody offered, is content.
///
/// Takes linear time, however the text is cut.
class OutputParser {
 public:
  struct Options {
    bool begins_in_reasoning = false;
    std::vector<std::string> functions{};  // that may be called; none: calls are content
  };

  OutputParser(const ChatFormat& format, Options options);

  [[nodiscard]] OutputPiece push(std::string_view text);

  /// No text follows: what was held back.
  [[nodiscard]] OutputPiece finish();

 private:
  /// Begin: nothing but white space came. Between: inside of a block of several calls.
  enum class State : uint8_t { Begin, Reasoning, AfterReasoning, Content, Between, Call };

  [[nodiscard]] bool advance(OutputPiece& out);
  [[nodiscard]] bool advance_begin();
  [[nodiscard]] bool advance_reasoning(OutputPiece& out);
  [[nodiscard]] bool advance_content(OutputPiece& out);
  [[nodiscard]] bool advance_between(OutputPiece& out);
  [[nodiscard]] bool advance_call(OutputPiece& out);
  [[nodiscard]] bool advance_whole_object(OutputPiece& out);
  void show(std::string& where, size_t count);
  void take_call(std::string_view inside, size_t count, OutputPiece& out);
  [[nodiscard]] bool reads_calls() const;
  [[nodiscard]] bool may_begin(std::string_view mark) const;
  void drop(size_t count);
  void drop_spaces();
  void enter(State state);

  ChatFormat format_;
  Options options_;
  State state_ = State::Begin;
  CallMarks marks_;
  std::string held_;
  size_t searched_ = 0;     // of held_, in which no mark stands
  std::string block_mark_;  // shown again if no call comes of it
  bool is_finished_ = false;
  bool has_calls_ = false;
  bool is_at_start_ = true;  // of the answer: LlamaJson's calls are whole answers
  // Of an object that is read to its end (LlamaJson).
  uint32_t braces_ = 0;
  bool is_in_text_ = false;
  bool is_escaped_ = false;
};

}  // namespace suan::engine
