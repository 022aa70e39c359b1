#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/chat/template_budget.h"
#include "engine/tokenizer/marked_text.h"

namespace suan::engine::jinja {

// Python's text methods, on texts that remember what the template wrote. All take linear time.

/// Which end of a text to work on.
enum class TextEnd : uint8_t { Left, Right, Both };

/// Without the characters of `set` at its ends; unset: without white space.
[[nodiscard]] MarkedText stripped(const MarkedText& text,
                                  TextEnd end,
                                  std::optional<std::string_view> set);

/// The parts between separators, at most `most` cuts (negative: all), from the left or right.
/// Unset: white space, whose runs count once.
[[nodiscard]] std::vector<MarkedText> split(const MarkedText& text,
                                            std::optional<std::string_view> separator,
                                            int64_t most,
                                            TextEnd from);

[[nodiscard]] std::vector<MarkedText> split_lines(const MarkedText& text);

/// At most `most` replacements; negative: all. Charges for what grows.
[[nodiscard]] MarkedText replaced(const MarkedText& text,
                                  std::string_view old,
                                  const MarkedText& by,
                                  int64_t most,
                                  TemplateBudget& budget);

/// Every line after the first, or all, behind `width` spaces; empty ones only if asked.
[[nodiscard]] MarkedText indented(const MarkedText& text,
                                  const MarkedText& indent,
                                  bool indents_first,
                                  bool indents_blank,
                                  TemplateBudget& budget);

}  // namespace suan::engine::jinja
