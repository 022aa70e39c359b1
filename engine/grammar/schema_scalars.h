#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "engine/grammar/json_rules.h"
#include "engine/grammar/schema_document.h"

namespace suan::engine {

/// Strings and numbers as a schema wants them. All functions throw GrammarError with the place.
class SchemaScalars {
 public:
  /// `rules` outlives it.
  explicit SchemaScalars(JsonRules& rules) : rules_(rules), draft_(rules.draft()) {}

  /// minLength, maxLength, pattern, format
  [[nodiscard]] ExprId string(const JsonNode& schema, const SchemaPlace& place);

  /// minimum, maximum, their exclusive forms, multipleOf
  [[nodiscard]] ExprId number(const JsonNode& schema, bool is_whole, const SchemaPlace& place);

 private:
  ExprId string_of_pattern(std::string_view pattern, uint32_t low, uint32_t high);

  JsonRules& rules_;
  Draft& draft_;
  std::map<std::string, RuleId> patterns_;  // with their bounds: equal ones are compiled once
};

}  // namespace suan::engine
