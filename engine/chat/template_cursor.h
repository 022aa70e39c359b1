#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/chat/template_error.h"
#include "engine/chat/template_lexer.h"

namespace suan::engine::jinja {

/// A place in a template's tokens, and what both parsers know of the template.
class TemplateCursor {
 public:
  TemplateCursor(std::vector<TemplateToken> tokens, uint32_t nesting_max);

  [[nodiscard]] const TemplateToken& now() const { return tokens_[at_]; }

  [[nodiscard]] const TemplateToken& next() const;

  [[nodiscard]] bool sees(TemplateTokenKind kind) const { return now().kind == kind; }

  [[nodiscard]] bool sees_operator(std::string_view text) const;
  [[nodiscard]] bool sees_name(std::string_view text) const;

  void advance();
  /// Goes on only if it stands there.
  [[nodiscard]] bool take_operator(std::string_view text);
  [[nodiscard]] bool take_name(std::string_view text);

  // Errors: ModelError, when something else stands there.
  void expect_operator(std::string_view text);
  void expect(TemplateTokenKind kind, std::string_view what);
  [[nodiscard]] std::string expect_any_name();
  [[noreturn]] void refuse_now() const;

  /// The number of a variable's name.
  [[nodiscard]] uint32_t number_of(const std::string& name);

  [[nodiscard]] std::vector<std::string> take_names() { return std::move(names_); }

  [[nodiscard]] bool is_macro(const std::string& name) const { return macros_.contains(name); }

  /// Counts one level of nesting while it lives. Errors: ModelError, when there are too many
  class Level {
   public:
    Level(TemplateCursor& cursor, uint32_t& depth);

    ~Level() { --depth_; }

    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    uint32_t& depth_;
  };

 private:
  std::vector<TemplateToken> tokens_;
  size_t at_ = 0;
  uint32_t nesting_max_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, uint32_t> numbers_;
  std::unordered_set<std::string> macros_;
};

}  // namespace suan::engine::jinja
