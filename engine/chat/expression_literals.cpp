#include <charconv>
#include <string_view>
#include <utility>

#include "engine/chat/expression_parser.h"
#include "engine/chat/text_pieces.h"
#include "engine/weights/refuse.h"

// What stands for itself: texts, numbers, lists, dictionaries, and the arguments of calls.
namespace suan::engine::jinja {

namespace {

using Token = TemplateTokenKind;

constexpr size_t kArgumentsMax = 64;  // so that looking one up costs next to nothing

}  // namespace

/// Texts side by side are one text.
ExpressionPtr ExpressionParser::read_text() {
  ExpressionPtr value = make(Kind::Literal);
  std::string text;
  while (cursor_.sees(Token::String)) {
    text += cursor_.now().text;
    cursor_.advance();
  }
  value->literal = Value::of(written_text(std::move(text)));
  return value;
}

ExpressionPtr ExpressionParser::read_number() {
  ExpressionPtr value = make(Kind::Literal);
  const std::string& digits = cursor_.now().text;
  const char* end = digits.data() + digits.size();
  int64_t whole = 0;
  double real = 0;
  const bool is_whole = cursor_.sees(Token::Integer);
  const auto read = is_whole ? std::from_chars(digits.data(), end, whole)
                             : std::from_chars(digits.data(), end, real);
  if (read.ec != std::errc{} || read.ptr != end) {
    refuse_template(value->line, "the number {} is too large", in_quotes(digits));
  }
  value->literal = is_whole ? Value(Value::Data(whole)) : Value(Value::Data(real));
  cursor_.advance();
  return value;
}

/// Behind `(` or `[`. Tuples are lists here; one value in parentheses is just that value.
ExpressionPtr ExpressionParser::read_brackets(std::string_view end, bool is_tuple) {
  ExpressionPtr list = make(Kind::MakeList);
  bool has_comma = false;
  while (!cursor_.take_operator(end)) {
    if (!list->operands.empty()) {
      cursor_.expect_operator(",");
      has_comma = true;
      if (cursor_.take_operator(end)) break;
    }
    list->operands.push_back(read());
  }
  const bool is_value = is_tuple && !has_comma && list->operands.size() == 1;
  return is_value ? std::move(list->operands.front()) : std::move(list);
}

ExpressionPtr ExpressionParser::read_dict() {
  ExpressionPtr dict = make(Kind::MakeDict);
  while (!cursor_.take_operator("}")) {
    if (!dict->operands.empty()) {
      cursor_.expect_operator(",");
      if (cursor_.take_operator("}")) break;
    }
    dict->operands.push_back(read());
    cursor_.expect_operator(":");
    dict->operands.push_back(read());
  }
  return dict;
}

Arguments ExpressionParser::read_arguments() {
  Arguments arguments;
  cursor_.expect_operator("(");
  bool is_first = true;
  while (!cursor_.take_operator(")")) {
    if (!is_first) {
      cursor_.expect_operator(",");
      if (cursor_.take_operator(")")) break;
    }
    is_first = false;
    const size_t count = arguments.positional.size() + arguments.named.size();
    if (count == kArgumentsMax) {
      refuse_template(cursor_.now().line, "more than {} arguments", kArgumentsMax);
    }
    const bool is_named = cursor_.sees(Token::Name) && cursor_.next().kind == Token::Operator &&
                          cursor_.next().text == "=";
    if (is_named) {
      std::string name = cursor_.expect_any_name();
      cursor_.expect_operator("=");
      arguments.named.emplace_back(std::move(name), read());
    } else {
      arguments.positional.push_back(read());
    }
  }
  return arguments;
}

}  // namespace suan::engine::jinja
