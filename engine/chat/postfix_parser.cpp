#include <array>
#include <string_view>
#include <utility>

#include "engine/chat/expression_parser.h"
#include "engine/weights/refuse.h"

// What stands behind a value: attributes, subscripts, calls, filters, tests.

namespace suan::engine::jinja {

namespace {

using Token = TemplateTokenKind;

/// The chain that `value` is, or becomes.
ExpressionPtr as_chain(ExpressionPtr value, std::vector<Postfix> steps) {
  if (steps.empty()) return value;
  if (value->kind != Expression::Kind::Chain) {
    auto chain = std::make_unique<Expression>();
    chain->kind = Expression::Kind::Chain;
    chain->line = value->line;
    chain->operands.push_back(std::move(value));
    value = std::move(chain);
  }
  for (Postfix& step : steps)
    value->steps.push_back(std::move(step));
  return value;
}

const MarkedText* literal_text(const Postfix& step, size_t place) {
  if (place >= step.arguments.positional.size()) return nullptr;
  return step.arguments.positional[place]->literal.text();
}

}  // namespace

ExpressionPtr ExpressionParser::read_postfixes(ExpressionPtr value) {
  std::vector<Postfix> steps;
  while (true) {
    if (cursor_.sees_operator(".")) {
      read_attribute(steps);
    } else if (cursor_.sees_operator("[")) {
      read_subscript(steps);
    } else if (cursor_.sees_operator("(")) {
      refuse_template(cursor_.now().line, "calling a computed value is not supported");
    } else {
      return as_chain(std::move(value), std::move(steps));
    }
  }
}

void ExpressionParser::read_attribute(std::vector<Postfix>& steps) {
  cursor_.expect_operator(".");
  Postfix step = this->step(Postfix::Kind::Attribute);
  if (cursor_.sees(Token::Integer)) {
    step.kind = Postfix::Kind::Index;
    step.operands.push_back(read_number());
    steps.push_back(std::move(step));
    return;
  }
  step.name = cursor_.expect_any_name();
  if (step.name.starts_with("__")) {
    refuse_template(step.line, "the attribute {} is not supported", in_quotes(step.name));
  }
  if (cursor_.sees_operator("(")) {
    step.kind = Postfix::Kind::CallMethod;
    step.function = find_method(step.name);
    if (step.function == nullptr) {
      refuse_template(step.line, "the method {} is not supported", in_quotes(step.name));
    }
    step.arguments = read_arguments();
  }
  steps.push_back(std::move(step));
}

void ExpressionParser::read_subscript(std::vector<Postfix>& steps) {
  Postfix step = this->step(Postfix::Kind::Index);
  cursor_.expect_operator("[");
  const auto read_part = [&] {
    const bool is_left_out = cursor_.sees_operator(":") || cursor_.sees_operator("]");
    step.operands.push_back(is_left_out ? nullptr : read());
  };
  read_part();
  while (step.operands.size() < 3 && cursor_.take_operator(":")) {
    step.kind = Postfix::Kind::Slice;
    read_part();
  }
  cursor_.expect_operator("]");
  if (step.kind == Postfix::Kind::Slice) {
    step.operands.resize(3);
  } else if (step.operands.front() == nullptr) {
    refuse_template(step.line, "the index is missing");
  }
  steps.push_back(std::move(step));
}

ExpressionPtr ExpressionParser::read_filters(ExpressionPtr value) {
  std::vector<Postfix> steps;
  while (true) {
    if (cursor_.take_operator("|")) {
      read_filter(steps);
    } else if (cursor_.take_name("is")) {
      read_test(steps);
    } else {
      return as_chain(std::move(value), std::move(steps));
    }
  }
}

void ExpressionParser::read_filter(std::vector<Postfix>& steps) {
  Postfix step = this->step(Postfix::Kind::ApplyFilter);
  step.name = cursor_.expect_any_name();
  step.function = find_filter(step.name);
  if (step.function == nullptr) {
    refuse_template(step.line, "the filter {} is not supported", in_quotes(step.name));
  }
  if (cursor_.sees_operator("(")) step.arguments = read_arguments();
  check_named_function(step);
  steps.push_back(std::move(step));
}

/// `map('trim')`, `select('equalto', x)`, `selectattr('type', 'equalto', x)`: the filter or test
/// that they name has to be there.
void ExpressionParser::check_named_function(const Postfix& step) const {
  const bool is_map = step.name == "map";
  const bool is_select = step.name == "select" || step.name == "reject";
  const bool is_attribute = step.name == "selectattr" || step.name == "rejectattr";
  if (!is_map && !is_select && !is_attribute) return;
  const MarkedText* name = literal_text(step, is_attribute ? 1 : 0);
  if (name == nullptr) return;
  const bool is_known =
      is_map ? find_filter(name->text) != nullptr : find_test(name->text) != nullptr;
  if (is_known) return;
  refuse_template(step.line, "the {} {} is not supported", is_map ? "filter" : "test",
                  in_quotes(name->text));
}

void ExpressionParser::read_test(std::vector<Postfix>& steps) {
  Postfix step = this->step(Postfix::Kind::ApplyTest);
  step.is_negated = cursor_.take_name("not");
  step.name = cursor_.expect_any_name();
  step.test = find_test(step.name);
  if (step.test == nullptr) {
    refuse_template(step.line, "the test {} is not supported", in_quotes(step.name));
  }
  read_test_argument(step);
  steps.push_back(std::move(step));
}

void ExpressionParser::read_test_argument(Postfix& step) {
  if (cursor_.sees_operator("(")) {
    step.arguments = read_arguments();
  } else if (step.test->has_argument) {
    const TemplateCursor::Level level(cursor_, depth_);
    step.arguments.positional.push_back(read_unary(false));
  }
  const size_t count = step.arguments.positional.size() + step.arguments.named.size();
  if (count != (step.test->has_argument ? 1U : 0U)) {
    refuse_template(step.line, "the test {} has {} arguments", in_quotes(step.name), count);
  }
}

}  // namespace suan::engine::jinja
