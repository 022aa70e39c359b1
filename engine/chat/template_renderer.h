#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/chat/template_ast.h"
#include "engine/chat/template_budget.h"

namespace suan::engine::jinja {

/// What a template may read: its variables by name, and the time.
struct TemplateContext {
  std::vector<std::pair<std::string, Value>> variables;
  int64_t now_s = 0;  // Unix time, for strftime_now
};

/// Renders one program once.
///
/// Errors:   TemplateError  names the line, or is what the template raised itself
class TemplateRenderer {
 public:
  /// Both outlive this.
  TemplateRenderer(const TemplateProgram& program, const TemplateLimits& limits);

  [[nodiscard]] MarkedText run(const TemplateContext& context);

 private:
  using Scope = std::unordered_map<uint32_t, Value>;  // by number of name

  enum class Flow : uint8_t { Next, Break, Continue };

  // Statements.
  [[nodiscard]] Flow render(const Block& block);
  [[nodiscard]] Flow render(const Statement& statement);
  [[nodiscard]] Flow render_if(const Statement& statement);
  [[nodiscard]] Flow render_for(const Statement& statement);
  [[nodiscard]] std::shared_ptr<const List> items_for(const Statement& statement);
  void render_set(const Statement& statement);
  void write(const MarkedText& text);
  [[nodiscard]] Value written_by(const Block& block);
  void assign(const Target& target, const Value& value);

  // Expressions.
  [[nodiscard]] Value value_of(const Expression& expression);
  [[nodiscard]] Value variable(uint32_t name) const;
  [[nodiscard]] Value chain(const Expression& expression);
  [[nodiscard]] Value after(const Postfix& step, const Value& value);
  [[nodiscard]] Value row(const Expression& expression);
  [[nodiscard]] Value comparison(const Expression& expression);
  [[nodiscard]] Value make_list(const Expression& expression);
  [[nodiscard]] Value make_dict(const Expression& expression);
  [[nodiscard]] Value conditional(const Expression& expression);
  [[nodiscard]] TemplateCall arguments_of(const Arguments& arguments);
  [[nodiscard]] Value call(const Expression& expression);
  [[nodiscard]] Value call_macro(const Macro& macro, const TemplateCall& call);
  [[nodiscard]] Value call_built_in(BuiltIn which, const TemplateCall& call);

  const TemplateProgram& program_;
  TemplateBudget budget_;
  std::vector<Scope> scopes_;
  size_t first_scope_ = 0;  // of the macro that runs; it sees scope 0 as well
  MarkedText* out_ = nullptr;
  uint32_t line_ = 0;
  uint32_t calls_ = 0;
  uint32_t loops_ = 0;
  int64_t now_s_ = 0;
  bool has_raised_ = false;  // the template itself: no line number belongs there
};

}  // namespace suan::engine::jinja
