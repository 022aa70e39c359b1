#pragma once

#include "engine/chat/template_ast.h"
#include "engine/chat/template_cursor.h"

namespace suan::engine::jinja {

/// Reads the expressions between the tags of a template, with Jinja's ranks of operators.
///
/// Errors:   ModelError  names the line, and what is not supported
class ExpressionParser {
 public:
  /// `cursor` outlives this.
  explicit ExpressionParser(TemplateCursor& cursor) : cursor_(cursor) {}

  [[nodiscard]] ExpressionPtr read();
  /// As above, but `if` behind it belongs to someone else.
  [[nodiscard]] ExpressionPtr read_without_condition();
  /// Values with commas between them become a list.
  [[nodiscard]] ExpressionPtr read_list();

 private:
  using Kind = Expression::Kind;

  [[nodiscard]] ExpressionPtr make(Kind kind) const;
  [[nodiscard]] ExpressionPtr read_or();
  [[nodiscard]] ExpressionPtr read_and();
  [[nodiscard]] ExpressionPtr read_not();
  [[nodiscard]] ExpressionPtr read_comparison();
  [[nodiscard]] ExpressionPtr read_sum();
  [[nodiscard]] ExpressionPtr read_concatenation();
  [[nodiscard]] ExpressionPtr read_product();
  [[nodiscard]] ExpressionPtr read_unary(bool has_filters);
  [[nodiscard]] ExpressionPtr read_primary();
  [[nodiscard]] ExpressionPtr read_name();
  [[nodiscard]] ExpressionPtr read_call(const std::string& name);
  [[nodiscard]] ExpressionPtr read_text();
  [[nodiscard]] ExpressionPtr read_number();
  [[nodiscard]] ExpressionPtr read_brackets(std::string_view end, bool is_tuple);
  [[nodiscard]] ExpressionPtr read_dict();
  [[nodiscard]] ExpressionPtr read_postfixes(ExpressionPtr value);
  [[nodiscard]] ExpressionPtr read_filters(ExpressionPtr value);
  void read_attribute(std::vector<Postfix>& steps);
  void read_subscript(std::vector<Postfix>& steps);
  void read_filter(std::vector<Postfix>& steps);
  void read_test(std::vector<Postfix>& steps);
  void read_test_argument(Postfix& step);
  void check_named_function(const Postfix& step) const;
  [[nodiscard]] Arguments read_arguments();
  [[nodiscard]] std::optional<Operator> take_comparison();
  [[nodiscard]] Postfix step(Postfix::Kind kind) const;

  TemplateCursor& cursor_;
  uint32_t depth_ = 0;
};

}  // namespace suan::engine::jinja
