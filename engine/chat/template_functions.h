#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/chat/template_value.h"

namespace suan::engine::jinja {

/// Arguments of one call, computed.
struct TemplateCall {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;

  /// By place or by name; null when it was left out.
  [[nodiscard]] const Value* find(size_t place, std::string_view name) const;
  /// Errors:   TemplateError  left out, or of another kind
  [[nodiscard]] const MarkedText& text(size_t place, std::string_view name) const;
  [[nodiscard]] int64_t whole(size_t place, std::string_view name, int64_t fallback) const;
  [[nodiscard]] bool truth(size_t place, std::string_view name, bool fallback) const;
};

/// A filter (`value | name(...)`) or a method (`value.name(...)`).
using TemplateFunction = Value (*)(const Value& value,
                                   const TemplateCall& call,
                                   TemplateBudget& budget);

/// `value is name ...`
struct TemplateTest {
  bool (*check)(const Value& value, const TemplateCall& call, TemplateBudget& budget);
  bool has_argument;
};

// The lists of what templates may use. Null: it is not there.

[[nodiscard]] TemplateFunction find_filter(std::string_view name);
[[nodiscard]] TemplateFunction find_method(std::string_view name);
[[nodiscard]] const TemplateTest* find_test(std::string_view name);
[[nodiscard]] std::optional<BuiltIn> find_built_in(std::string_view name);

/// `value.name` and `value["name"]`: Undefined when there is no such thing.
/// Errors:   TemplateError  `value` is undefined itself
[[nodiscard]] Value attribute_of(const Value& value,
                                 std::string_view name,
                                 TemplateBudget& budget);

/// `value[index]`. Errors: as above
[[nodiscard]] Value item_of(const Value& value, const Value& index, TemplateBudget& budget);

/// `part in whole`. Errors: TemplateError, for what contains nothing
[[nodiscard]] bool contains(const Value& whole, const Value& part, TemplateBudget& budget);

}  // namespace suan::engine::jinja
