#pragma once

#include <string_view>

#include "engine/grammar/draft.h"
#include "engine/grammar/json_rules.h"

namespace suan::engine {

/// The texts of a JSON Schema, draft 2020-12, as a part of a draft.
///
/// Every text that fits the rules fits the schema. Some that fit the schema do not fit the rules:
/// properties come in the order of the schema; objects with `properties` have no others unless
/// `additionalProperties` admits them; numbers, formats and counted strings are kept short.
/// Annotations are passed over; every other keyword that is not supported is refused by name.
/// Throws GrammarError with the JSON pointer of the offending place.
[[nodiscard]] ExprId read_json_schema(std::string_view schema, JsonRules& rules);

}  // namespace suan::engine
