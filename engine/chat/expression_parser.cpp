#include "engine/chat/expression_parser.h"

#include <charconv>
#include <string_view>
#include <utility>

#include "engine/chat/text_pieces.h"
#include "engine/weights/refuse.h"

namespace suan::engine::jinja {

namespace {

using Token = TemplateTokenKind;

/// Joins `value` into `row` as one more operand.
void add_operand(Expression& row, Operator by, ExpressionPtr value) {
  row.operators.push_back(by);
  row.operands.push_back(std::move(value));
}

}  // namespace

ExpressionPtr ExpressionParser::make(Kind kind) const {
  auto expression = std::make_unique<Expression>();
  expression->kind = kind;
  expression->line = cursor_.now().line;
  return expression;
}

Postfix ExpressionParser::step(Postfix::Kind kind) const {
  Postfix step;
  step.kind = kind;
  step.line = cursor_.now().line;
  return step;
}

ExpressionPtr ExpressionParser::read() {
  const TemplateCursor::Level level(cursor_, depth_);
  ExpressionPtr value = read_or();
  if (!cursor_.take_name("if")) return value;
  ExpressionPtr choice = make(Kind::Conditional);
  choice->operands.push_back(std::move(value));
  choice->operands.push_back(read_or());
  if (cursor_.take_name("else")) choice->operands.push_back(read());
  return choice;
}

ExpressionPtr ExpressionParser::read_without_condition() {
  const TemplateCursor::Level level(cursor_, depth_);
  return read_or();
}

ExpressionPtr ExpressionParser::read_list() {
  ExpressionPtr first = read();
  if (!cursor_.sees_operator(",")) return first;
  ExpressionPtr list = make(Kind::MakeList);
  list->operands.push_back(std::move(first));
  while (cursor_.take_operator(",")) {
    if (cursor_.sees(Token::StatementEnd) || cursor_.sees(Token::OutputEnd)) break;
    list->operands.push_back(read());
  }
  return list;
}

ExpressionPtr ExpressionParser::read_or() {
  ExpressionPtr value = read_and();
  if (!cursor_.sees_name("or")) return value;
  ExpressionPtr row = make(Kind::Or);
  row->operands.push_back(std::move(value));
  while (cursor_.take_name("or"))
    row->operands.push_back(read_and());
  return row;
}

ExpressionPtr ExpressionParser::read_and() {
  ExpressionPtr value = read_not();
  if (!cursor_.sees_name("and")) return value;
  ExpressionPtr row = make(Kind::And);
  row->operands.push_back(std::move(value));
  while (cursor_.take_name("and"))
    row->operands.push_back(read_not());
  return row;
}

ExpressionPtr ExpressionParser::read_not() {
  bool is_negated = false;
  bool has_not = false;
  ExpressionPtr negation = make(Kind::Not);
  while (cursor_.take_name("not")) {
    is_negated = !is_negated;
    has_not = true;
  }
  ExpressionPtr value = read_comparison();
  if (!has_not) return value;
  negation->operands.push_back(std::move(value));
  if (is_negated) return negation;
  ExpressionPtr twice = make(Kind::Not);  // an even number of them: true or false all the same
  twice->operands.push_back(std::move(negation));
  return twice;
}

ExpressionPtr ExpressionParser::read_comparison() {
  ExpressionPtr value = read_sum();
  ExpressionPtr row;
  while (const auto by = take_comparison()) {
    if (row == nullptr) {
      row = make(Kind::Compare);
      row->operands.push_back(std::move(value));
    }
    add_operand(*row, *by, read_sum());
  }
  return row == nullptr ? std::move(value) : std::move(row);
}

std::optional<Operator> ExpressionParser::take_comparison() {
  if (cursor_.take_operator("==")) return Operator::Equal;
  if (cursor_.take_operator("!=")) return Operator::NotEqual;
  if (cursor_.take_operator("<=")) return Operator::LessEqual;
  if (cursor_.take_operator(">=")) return Operator::GreaterEqual;
  if (cursor_.take_operator("<")) return Operator::Less;
  if (cursor_.take_operator(">")) return Operator::Greater;
  if (cursor_.take_name("in")) return Operator::In;
  const bool is_not_in = cursor_.sees_name("not") && cursor_.next().kind == Token::Name &&
                         cursor_.next().text == "in";
  if (!is_not_in) return std::nullopt;
  cursor_.advance();
  cursor_.advance();
  return Operator::NotIn;
}

ExpressionPtr ExpressionParser::read_sum() {
  ExpressionPtr value = read_concatenation();
  ExpressionPtr row;
  while (cursor_.sees_operator("+") || cursor_.sees_operator("-")) {
    if (row == nullptr) {
      row = make(Kind::Arithmetic);
      row->operands.push_back(std::move(value));
    }
    const auto by = cursor_.sees_operator("+") ? Operator::Add : Operator::Subtract;
    cursor_.advance();
    add_operand(*row, by, read_concatenation());
  }
  return row == nullptr ? std::move(value) : std::move(row);
}

ExpressionPtr ExpressionParser::read_concatenation() {
  ExpressionPtr value = read_product();
  if (!cursor_.sees_operator("~")) return value;
  ExpressionPtr row = make(Kind::Arithmetic);
  row->operands.push_back(std::move(value));
  while (cursor_.take_operator("~"))
    add_operand(*row, Operator::Concatenate, read_product());
  return row;
}

ExpressionPtr ExpressionParser::read_product() {
  ExpressionPtr value = read_unary(true);
  ExpressionPtr row;
  while (true) {
    std::optional<Operator> by;
    if (cursor_.sees_operator("*")) by = Operator::Multiply;
    if (cursor_.sees_operator("/")) by = Operator::Divide;
    if (cursor_.sees_operator("//")) by = Operator::FloorDivide;
    if (cursor_.sees_operator("%")) by = Operator::Modulo;
    if (!by) break;
    cursor_.advance();
    if (row == nullptr) {
      row = make(Kind::Arithmetic);
      row->operands.push_back(std::move(value));
    }
    add_operand(*row, *by, read_unary(true));
  }
  return row == nullptr ? std::move(value) : std::move(row);
}

ExpressionPtr ExpressionParser::read_unary(bool has_filters) {
  ExpressionPtr value;
  if (cursor_.sees_operator("-")) {
    const TemplateCursor::Level level(cursor_, depth_);
    value = make(Kind::Negate);
    cursor_.advance();
    value->operands.push_back(read_unary(false));
  } else if (cursor_.sees_operator("+")) {
    const TemplateCursor::Level level(cursor_, depth_);
    cursor_.advance();
    value = read_unary(false);
  } else {
    value = read_primary();
  }
  value = read_postfixes(std::move(value));
  return has_filters ? read_filters(std::move(value)) : std::move(value);
}

ExpressionPtr ExpressionParser::read_primary() {
  switch (cursor_.now().kind) {
    case Token::Name:
      return read_name();
    case Token::String:
      return read_text();
    case Token::Integer:
    case Token::Float:
      return read_number();
    default:
      break;
  }
  if (cursor_.take_operator("(")) return read_brackets(")", true);
  if (cursor_.take_operator("[")) return read_brackets("]", false);
  if (cursor_.take_operator("{")) return read_dict();
  cursor_.refuse_now();
}

ExpressionPtr ExpressionParser::read_name() {
  ExpressionPtr value = make(Kind::Literal);
  const std::string name = cursor_.expect_any_name();
  if (name == "true" || name == "True") {
    value->literal = {true};
  } else if (name == "false" || name == "False") {
    value->literal = {false};
  } else if (name == "none" || name == "None") {
    value->literal = {None{}};
  } else if (cursor_.sees_operator("(")) {
    return read_call(name);
  } else {
    value->kind = Kind::Name;
    value->name = cursor_.number_of(name);
  }
  return value;
}

ExpressionPtr ExpressionParser::read_call(const std::string& name) {
  ExpressionPtr call = make(Kind::Call);
  if (!cursor_.is_macro(name) && !find_built_in(name)) {
    refuse_template(call->line, "the function {} is not supported", in_quotes(name));
  }
  call->name = cursor_.number_of(name);
  call->arguments = read_arguments();
  return call;
}

}  // namespace suan::engine::jinja
