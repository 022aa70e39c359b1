#include "engine/chat/output_parser.h"

#include <algorithm>
#include <array>
#include <utility>

namespace suan::engine {

namespace {

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::string_view kPythonTag = "<|python_tag|>";
constexpr size_t kSpacesHeldMax = 64;  // more of them are no border of anything

/// Length of the longest end of `text` that begins `mark`, but is not all of it.
size_t begun(std::string_view text, std::string_view mark) {
  if (mark.empty()) return 0;
  for (size_t size = std::min(text.size(), mark.size() - 1); size > 0; --size) {
    if (text.substr(text.size() - size) == mark.substr(0, size)) return size;
  }
  return 0;
}

size_t spaces_at_end(std::string_view text) {
  text = text.substr(text.size() - std::min(text.size(), kSpacesHeldMax));
  const size_t last = text.find_last_not_of(kSpaces);
  return last == std::string_view::npos ? text.size() : text.size() - last - 1;
}

}  // namespace

OutputParser::OutputParser(const ChatFormat& format, Options options)
    : format_(format), options_(std::move(options)) {
  const bool has_marks =
      format_.tools != ToolCallStyle::None && format_.tools != ToolCallStyle::LlamaJson;
  if (has_marks) marks_ = marks_of(format_.tools);
  if (options_.begins_in_reasoning) state_ = State::Reasoning;
}

OutputPiece OutputParser::push(std::string_view text) {
  OutputPiece out;
  held_ += text;
  while (advance(out)) {
  }
  return out;
}

OutputPiece OutputParser::finish() {
  is_finished_ = true;
  OutputPiece out;
  while (!held_.empty() && advance(out)) {
  }
  if (state_ == State::Reasoning) {
    out.reasoning += std::exchange(held_, {});
    return out;
  }
  const bool is_blank = held_.find_first_not_of(kSpaces) == std::string::npos;
  out.content += std::exchange(block_mark_, {});
  if (!has_calls_ || !is_blank) out.content += held_;
  held_.clear();
  return out;
}

bool OutputParser::reads_calls() const {
  return format_.tools != ToolCallStyle::None && !options_.functions.empty();
}

/// One step; false when more text is needed.
bool OutputParser::advance(OutputPiece& out) {
  switch (state_) {
    case State::Begin:
      return advance_begin();
    case State::Reasoning:
      return advance_reasoning(out);
    case State::AfterReasoning:
      drop_spaces();
      if (held_.empty()) return false;
      enter(State::Content);
      return true;
    case State::Content:
      return advance_content(out);
    case State::Between:
      return advance_between(out);
    case State::Call:
      return advance_call(out);
  }
  return false;
}

/// Thoughts can only come first.
bool OutputParser::advance_begin() {
  if (!format_.has_reasoning) {
    enter(State::Content);
    return true;
  }
  const size_t first = std::min(held_.find_first_not_of(kSpaces), held_.size());
  const std::string_view rest = std::string_view(held_).substr(first);
  const bool is_near = first <= kSpacesHeldMax;
  if (is_near && rest.starts_with(kReasoningBegin)) {
    drop(first + kReasoningBegin.size());
    enter(State::Reasoning);
    return true;
  }
  const bool may_come = is_near && kReasoningBegin.starts_with(rest);
  if (may_come && !is_finished_) return false;
  enter(State::Content);
  return true;
}

bool OutputParser::advance_reasoning(OutputPiece& out) {
  if (searched_ == 0 && is_at_start_) drop_spaces();
  if (held_.empty()) return false;
  is_at_start_ = false;
  const size_t end = held_.find(kReasoningEnd, searched_);
  if (end != std::string::npos) {
    const size_t spaces = spaces_at_end(std::string_view(held_).substr(0, end));
    show(out.reasoning, end - spaces);
    drop(spaces + kReasoningEnd.size());
    is_at_start_ = true;
    enter(State::AfterReasoning);
    return true;
  }
  // White space before the end mark is no part of the thoughts.
  const size_t mark = begun(held_, kReasoningEnd);
  const size_t spaces = spaces_at_end(std::string_view(held_).substr(0, held_.size() - mark));
  show(out.reasoning, held_.size() - mark - spaces);
  searched_ = spaces;
  return false;
}

bool OutputParser::advance_content(OutputPiece& out) {
  if (!reads_calls()) {
    show(out.content, held_.size());
    return false;
  }
  if (format_.tools == ToolCallStyle::LlamaJson) return advance_whole_object(out);

  const std::array<std::string_view, 2> starts = {marks_.begin, marks_.call_begin};
  size_t first = std::string::npos;
  size_t held = 0;
  for (const std::string_view mark : starts) {
    if (mark.empty()) continue;
    first = std::min(first, held_.find(mark, searched_));
    held = std::max(held, begun(held_, mark));
  }
  const size_t text = first == std::string::npos ? held_.size() - held : first;
  const size_t spaces = spaces_at_end(std::string_view(held_).substr(0, text));
  if (first == std::string::npos) {
    if (!is_finished_) {
      show(out.content, text - spaces);
      searched_ = spaces;
    } else {
      show(out.content, held_.size());
    }
    return false;
  }
  show(out.content, text - spaces);
  block_mark_ = held_.substr(0, spaces);
  drop(spaces);
  enter(State::Between);
  return true;
}

/// Before, between and behind the calls of one block.
bool OutputParser::advance_between(OutputPiece& out) {
  const size_t first = std::min(held_.find_first_not_of(kSpaces), held_.size());
  const std::string_view rest = std::string_view(held_).substr(first);
  const bool is_near = first <= kSpacesHeldMax;
  if (is_near && rest.starts_with(marks_.call_begin)) {
    drop(first);
    searched_ = marks_.call_begin.size();
    state_ = State::Call;
    return true;
  }
  for (const std::string_view mark : {marks_.begin, marks_.end}) {
    if (mark.empty() || !is_near || !rest.starts_with(mark)) continue;
    if (mark == marks_.begin) {
      block_mark_ += held_.substr(0, first + mark.size());
    } else {
      block_mark_.clear();
      enter(State::AfterReasoning);  // white space behind calls is nothing either
    }
    drop(first + mark.size());
    return true;
  }
  const bool may_come =
      marks_.call_begin.starts_with(rest) || may_begin(marks_.begin) || may_begin(marks_.end);
  if (may_come && is_near && !is_finished_) return false;
  if (is_finished_ && has_calls_ && rest.empty()) return false;
  out.content += std::exchange(block_mark_, {});
  enter(State::Content);
  return true;
}

bool OutputParser::may_begin(std::string_view mark) const {
  const size_t first = std::min(held_.find_first_not_of(kSpaces), held_.size());
  return mark.starts_with(std::string_view(held_).substr(first));
}

bool OutputParser::advance_call(OutputPiece& out) {
  const size_t inside = marks_.call_begin.size();
  const size_t end = held_.find(marks_.call_end, searched_);
  if (end == std::string::npos && !is_finished_) {
    // The next search begins where the mark may have begun.
    const size_t overlap = std::min(held_.size() - inside, marks_.call_end.size() - 1);
    searched_ = held_.size() - overlap;
    return false;
  }
  // Some models end their text in place of the last call.
  const size_t last = std::min(end, held_.size());
  const size_t count = end == std::string::npos ? held_.size() : end + marks_.call_end.size();
  const std::string call = held_.substr(inside, last - inside);
  take_call(call, count, out);
  enter(State::Between);
  return true;
}

/// The first `count` bytes are a call, or content if they cannot be read.
void OutputParser::take_call(std::string_view inside, size_t count, OutputPiece& out) {
  auto call = read_call(format_.tools, inside);
  const auto& known = options_.functions;
  const bool is_known =
      call && std::find(known.begin(), known.end(), call->name) != known.end();
  if (is_known) {
    out.calls.push_back(std::move(*call));
    has_calls_ = true;
    block_mark_.clear();
    drop(count);
    return;
  }
  out.content += std::exchange(block_mark_, {});
  show(out.content, count);
}

/// LlamaJson: an answer that is one object is a call; it is held until its last brace.
bool OutputParser::advance_whole_object(OutputPiece& out) {
  if (!is_at_start_) {
    show(out.content, held_.size());
    return false;
  }
  if (searched_ == 0) {
    const size_t first = std::min(held_.find_first_not_of(kSpaces), held_.size());
    const std::string_view rest = std::string_view(held_).substr(first);
    const bool is_near = first <= kSpacesHeldMax;
    if (is_near && rest.starts_with(kPythonTag)) {
      drop(first + kPythonTag.size());
      return true;
    }
    const bool may_come = is_near && kPythonTag.starts_with(rest);
    if (may_come && (!is_finished_ || has_calls_)) return false;
    is_at_start_ = is_near && rest.starts_with("{");
    if (!is_at_start_) return true;
    searched_ = first;
  }
  for (; searched_ < held_.size(); ++searched_) {
    const char byte = held_[searched_];
    if (is_in_text_) {
      if (byte == '"' && !is_escaped_) is_in_text_ = false;
      is_escaped_ = byte == '\\' && !is_escaped_;
      continue;
    }
    if (byte == '"') is_in_text_ = true;
    if (byte == '{') ++braces_;
    if (byte != '}' || --braces_ > 0) continue;
    const std::string object = held_.substr(0, searched_ + 1);
    const size_t calls = out.calls.size();
    take_call(object, object.size(), out);
    is_at_start_ = out.calls.size() > calls;  // another one may follow
    return true;
  }
  if (is_finished_) is_at_start_ = false;
  return is_finished_;
}

/// Moves the first `count` held bytes to where they belong.
void OutputParser::show(std::string& where, size_t count) {
  where.append(held_, 0, count);
  drop(count);
}

void OutputParser::drop(size_t count) {
  held_.erase(0, count);
  searched_ = 0;
}

void OutputParser::drop_spaces() {
  drop(std::min(held_.find_first_not_of(kSpaces), held_.size()));
}

void OutputParser::enter(State state) {
  state_ = state;
  searched_ = 0;
}

}  // namespace suan::engine
