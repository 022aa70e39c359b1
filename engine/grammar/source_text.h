#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace suan::engine {

/// A text that is read from the front, character by character.
class SourceText {
 public:
  /// Requires: `text` is UTF-8 and outlives this.
  explicit SourceText(std::string_view text) : text_(text) {}

  [[nodiscard]] bool is_done() const { return at_ == text_.size(); }

  [[nodiscard]] size_t position() const { return at_; }

  /// The next byte; 0 at the end.
  [[nodiscard]] char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  [[nodiscard]] bool is_next(std::string_view word) const {
    return text_.substr(at_).starts_with(word);
  }

  /// Steps over `word` if it is next.
  bool take(std::string_view word);
  /// Steps over one character and returns its code point. Requires: !is_done().
  uint32_t take_code_point();
  /// Steps over `digits` hexadecimal digits; throws GrammarError when there are fewer.
  uint32_t take_hex(size_t digits);
  /// Steps over a decimal number; throws GrammarError when there is none or it is over 10^9.
  uint32_t take_number();

  [[nodiscard]] size_t line() const;

 private:
  std::string_view text_;
  size_t at_ = 0;
};

/// UTF-8 of a code point. Requires: a Unicode scalar value.
[[nodiscard]] std::string utf8_of_code(uint32_t code);

/// Throws GrammarError unless `code` is a Unicode scalar value.
void check_code_point(uint32_t code);

}  // namespace suan::engine
