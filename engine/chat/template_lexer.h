#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace suan::engine::jinja {

enum class TemplateTokenKind : uint8_t {
  Text,            // between the tags, as it will be written
  StatementBegin,  // {%
  StatementEnd,
  OutputBegin,  // {{
  OutputEnd,
  Name,
  String,  // escapes already read
  Integer,
  Float,
  Operator,  // one of ( ) [ ] { } , . : | = == != < <= > >= + - * / // % ~
  End,
};

struct TemplateToken {
  TemplateTokenKind kind{};
  std::string text;
  uint32_t line = 1;
};

/// Cuts a template into tokens, with the white space that Jinja takes away already gone:
/// `-` at tags, and `trim_blocks`, `lstrip_blocks` as Hugging Face sets them.
///
/// Errors:   ModelError  names the line
[[nodiscard]] std::vector<TemplateToken> read_template_tokens(std::string_view source);

}  // namespace suan::engine::jinja
