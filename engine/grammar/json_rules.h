#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/grammar/draft.h"

namespace suan::engine {

/// The rules of JSON itself, added to a draft when they are first asked for.
///
/// Blanks may stand after brackets, commas and colons, and before a closing bracket: one space,
/// or one or two line ends and at most 32 blanks. So no text goes on in blanks forever.
class JsonRules {
 public:
  explicit JsonRules(Draft& draft) : draft_(draft) {}

  [[nodiscard]] Draft& draft() { return draft_; }

  ExprId blanks();
  ExprId value();
  ExprId object();
  ExprId array();
  ExprId string();
  ExprId number();
  ExprId whole_number();
  ExprId boolean();

  /// A string of `low` to `high` characters; `high` may be kNoBound.
  ExprId string_of_length(uint32_t low, uint32_t high);
  /// A name that is none of these, written without escapes.
  ExprId name_other_than(const std::set<std::string>& names);

  /// "{" members "}", or nothing inside if allowed; null: never anything.
  ExprId braces(const ExprId* members, bool may_be_empty);
  ExprId brackets(const ExprId* elements, bool may_be_empty);
  /// A comma and blanks.
  ExprId comma();
  /// Name, colon, blanks, value.
  ExprId member(ExprId name, ExprId value);

 private:
  ExprId call(std::optional<RuleId>& rule, std::string_view name, ExprId (JsonRules::*body)());
  ExprId blanks_body();
  ExprId value_body();
  ExprId object_body();
  ExprId array_body();
  ExprId string_body();
  ExprId number_body();
  ExprId whole_number_body();
  ExprId enclosed(char open, const ExprId* inside, bool may_be_empty, char close);
  ExprId character();
  ExprId short_character();
  ExprId digits(uint32_t low, uint32_t high);

  Draft& draft_;
  std::optional<RuleId> blanks_;
  std::optional<RuleId> value_;
  std::optional<RuleId> object_;
  std::optional<RuleId> array_;
  std::optional<RuleId> string_;
  std::optional<RuleId> number_;
  std::optional<RuleId> whole_number_;
  std::map<std::pair<uint32_t, uint32_t>, RuleId> strings_;  // by length
};

}  // namespace suan::engine
