#include "engine/chat/template_lexer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/chat/template_error.h"
#include "engine/chat/template_source.h"
#include "engine/chat/template_strings.h"
#include "engine/weights/refuse.h"

namespace suan::engine::jinja {

namespace {

using Kind = TemplateTokenKind;

constexpr std::string_view kSpaces = " \t\n\r\v\f";
constexpr std::array<std::string_view, 5> kLongOperators = {"==", "!=", "<=", ">=", "//"};
constexpr std::string_view kShortOperators = "()[]{},.:|=<>+-*/%~";

bool is_space(char byte) {
  return kSpaces.find(byte) != std::string_view::npos;
}

bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

bool begins_name(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

class Lexer {
 public:
  explicit Lexer(std::string source) : source_(std::move(source)) {}

  std::vector<TemplateToken> run();

 private:
  void read_text();
  void read_tag();
  void read_comment();
  void read_raw();
  bool is_raw_tag() const;
  void read_inside(Kind end, std::string_view mark);
  bool read_end(Kind end, std::string_view mark);
  void read_token();
  void read_name();
  void read_number();
  void read_string();
  void read_operator();
  void add_text(size_t first, size_t last, size_t tag);
  void leave_tag(bool strips, bool keeps, bool is_output);
  void advance(size_t count);
  void skip_spaces();

  bool sees(std::string_view text) const {
    return std::string_view(source_).substr(at_, text.size()) == text;
  }

  char byte_at(size_t at) const { return at < source_.size() ? source_[at] : '\0'; }

  void add(Kind kind, std::string text) { tokens_.push_back({kind, std::move(text), line_}); }

  std::string source_;
  std::vector<TemplateToken> tokens_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  uint32_t brackets_ = 0;
  bool is_line_start_ = true;  // what stands before `at_` ends a line
};

std::vector<TemplateToken> Lexer::run() {
  while (at_ < source_.size()) {
    read_text();
    if (at_ < source_.size()) read_tag();
  }
  add(Kind::End, "");
  return std::move(tokens_);
}

/// Up to the next tag.
void Lexer::read_text() {
  size_t tag = at_;
  while (tag < source_.size()) {
    tag = std::min(source_.find('{', tag), source_.size());
    const char next = byte_at(tag + 1);
    if (next == '{' || next == '%' || next == '#') break;
    if (tag < source_.size()) ++tag;
  }
  add_text(at_, tag, tag);
}

/// Adds the text [first, last) before the tag at `tag`, which decides how it ends.
void Lexer::add_text(size_t first, size_t last, size_t tag) {
  const bool has_tag = tag < source_.size();
  size_t end = last;
  const char sign = has_tag ? byte_at(tag + 2) : '\0';
  const bool is_output = has_tag && byte_at(tag + 1) == '{';
  if (has_tag && sign == '-') {
    while (end > first && is_space(source_[end - 1]))
      --end;
  } else if (has_tag && !is_output && sign != '+') {  // lstrip_blocks
    size_t line = end;
    while (line > first && source_[line - 1] != '\n' && is_space(source_[line - 1]))
      --line;
    const bool is_whole_line = line == first ? is_line_start_ : source_[line - 1] == '\n';
    if (is_whole_line) end = line;
  }
  if (end > first) add(Kind::Text, source_.substr(first, end - first));
  advance(last - first);
}

void Lexer::read_tag() {
  if (sees("{#")) return read_comment();
  if (is_raw_tag()) return read_raw();
  const bool is_output = sees("{{");
  add(is_output ? Kind::OutputBegin : Kind::StatementBegin, "");
  advance(2);
  if (byte_at(at_) == '-' || byte_at(at_) == '+') advance(1);
  if (is_output) {
    read_inside(Kind::OutputEnd, "}}");
  } else {
    read_inside(Kind::StatementEnd, "%}");
  }
}

void Lexer::read_comment() {
  const size_t end = source_.find("#}", at_ + 2);
  if (end == std::string::npos) refuse_template(line_, "the comment has no end");
  const char sign = end > at_ + 2 ? source_[end - 1] : '\0';
  advance(end + 2 - at_);
  leave_tag(sign == '-', sign == '+', false);
}

bool Lexer::is_raw_tag() const {
  if (!sees("{%")) return false;
  size_t at = at_ + 2;
  if (byte_at(at) == '-' || byte_at(at) == '+') ++at;
  while (at < source_.size() && is_space(source_[at]))
    ++at;
  if (source_.compare(at, 3, "raw") != 0) return false;
  at += 3;
  while (at < source_.size() && is_space(source_[at]))
    ++at;
  if (byte_at(at) == '-' || byte_at(at) == '+') ++at;
  return source_.compare(at, 2, "%}") == 0;
}

/// `{% raw %}` to `{% endraw %}`: text as it stands.
void Lexer::read_raw() {
  const uint32_t begun = line_;
  const size_t open_end = source_.find("%}", at_);
  const char sign = source_[open_end - 1];
  advance(open_end + 2 - at_);
  leave_tag(sign == '-', sign == '+', false);

  for (size_t tag = source_.find("{%", at_); tag != std::string::npos;
       tag = source_.find("{%", tag + 2)) {
    size_t word = tag + 2;
    if (byte_at(word) == '-' || byte_at(word) == '+') ++word;
    word = source_.find_first_not_of(kSpaces, word);
    if (word == std::string::npos || source_.compare(word, 6, "endraw") != 0) continue;
    const size_t end = source_.find("%}", word);
    if (end == std::string::npos) break;
    add_text(at_, tag, tag);
    const char closing = source_[end - 1];
    advance(end + 2 - at_);
    return leave_tag(closing == '-', closing == '+', false);
  }
  refuse_template(begun, "the raw block has no end");
}

void Lexer::read_inside(Kind end, std::string_view mark) {
  brackets_ = 0;
  const uint32_t begun = line_;
  while (true) {
    skip_spaces();
    if (at_ >= source_.size()) refuse_template(begun, "the tag has no end");
    if (brackets_ == 0 && read_end(end, mark)) return;
    read_token();
  }
}

bool Lexer::read_end(Kind end, std::string_view mark) {
  const bool is_output = end == Kind::OutputEnd;
  const char sign = byte_at(at_);
  const bool strips = sign == '-' && source_.compare(at_ + 1, 2, mark) == 0;
  const bool keeps = sign == '+' && !is_output && source_.compare(at_ + 1, 2, mark) == 0;
  if (!strips && !keeps && !sees(mark)) return false;
  add(end, "");
  advance(strips || keeps ? 3 : 2);
  leave_tag(strips, keeps, is_output);
  return true;
}

/// Behind a tag: `-` takes all white space, and trim_blocks one line end.
void Lexer::leave_tag(bool strips, bool keeps, bool is_output) {
  const size_t begun = at_;
  if (strips) {
    skip_spaces();
  } else if (!keeps && !is_output && byte_at(at_) == '\n') {
    advance(1);
  }
  is_line_start_ = at_ > begun && source_[at_ - 1] == '\n';
}

void Lexer::read_token() {
  const char byte = source_[at_];
  if (begins_name(byte)) return read_name();
  if (is_digit(byte)) return read_number();
  if (byte == '"' || byte == '\'') return read_string();
  read_operator();
}

void Lexer::read_name() {
  size_t end = at_;
  while (begins_name(byte_at(end)) || is_digit(byte_at(end)))
    ++end;
  add(Kind::Name, source_.substr(at_, end - at_));
  advance(end - at_);
}

/// Digits, and with a point or an exponent a float.
void Lexer::read_number() {
  size_t end = at_;
  const auto digits = [&] {
    while (is_digit(byte_at(end)))
      ++end;
  };
  digits();
  bool is_float = false;
  if (byte_at(end) == '.' && is_digit(byte_at(end + 1))) {
    is_float = true;
    ++end;
    digits();
  }
  if (byte_at(end) == 'e' || byte_at(end) == 'E') {
    const bool is_signed = byte_at(end + 1) == '-' || byte_at(end + 1) == '+';
    const size_t first = end + (is_signed ? 2 : 1);
    if (is_digit(byte_at(first))) {
      is_float = true;
      end = first;
      digits();
    }
  }
  add(is_float ? Kind::Float : Kind::Integer, source_.substr(at_, end - at_));
  advance(end - at_);
}

void Lexer::read_string() {
  const char quote = source_[at_];
  size_t end = at_ + 1;
  while (end < source_.size() && source_[end] != quote)
    end += source_[end] == '\\' ? 2 : 1;
  if (end >= source_.size()) refuse_template(line_, "the string has no end");
  const std::string_view inside(source_.data() + at_ + 1, end - at_ - 1);
  add(Kind::String, without_escapes(inside));
  advance(end + 1 - at_);
}

void Lexer::read_operator() {
  for (const std::string_view one : kLongOperators) {
    if (!sees(one)) continue;
    add(Kind::Operator, std::string(one));
    return advance(one.size());
  }
  const char byte = source_[at_];
  if (kShortOperators.find(byte) == std::string_view::npos) {
    refuse_template(line_, "{} is no part of an expression", in_quotes({&byte, 1}));
  }
  if (byte == '(' || byte == '[' || byte == '{') ++brackets_;
  if ((byte == ')' || byte == ']' || byte == '}') && brackets_ > 0) --brackets_;
  add(Kind::Operator, std::string(1, byte));
  advance(1);
}

void Lexer::advance(size_t count) {
  const auto from = source_.begin() + static_cast<ptrdiff_t>(at_);
  line_ += static_cast<uint32_t>(std::count(from, from + static_cast<ptrdiff_t>(count), '\n'));
  at_ += count;
}

void Lexer::skip_spaces() {
  size_t end = at_;
  while (end < source_.size() && is_space(source_[end]))
    ++end;
  advance(end - at_);
}

}  // namespace

std::vector<TemplateToken> read_template_tokens(std::string_view source) {
  return Lexer(with_plain_line_ends(source)).run();
}

}  // namespace suan::engine::jinja
