#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/grammar/number_text.h"
#include "engine/grammar/schema_document.h"

namespace suan::engine {

/// Types of JSON values, as a set of bits.
struct SchemaTypes {
  static constexpr uint32_t kNull = 1;
  static constexpr uint32_t kBoolean = 2;
  static constexpr uint32_t kInteger = 4;
  static constexpr uint32_t kNumber = 8;  // whole ones too
  static constexpr uint32_t kString = 16;
  static constexpr uint32_t kArray = 32;
  static constexpr uint32_t kObject = 64;
  static constexpr uint32_t kAll = 127 - kInteger;
};

/// The types that a schema admits: by `type`, else by what its keywords are about, else all.
[[nodiscard]] uint32_t types_of(const JsonNode& schema, const SchemaPlace& place);
/// Whether a value is of one of the types.
[[nodiscard]] bool is_of(uint32_t types, const JsonNode& value);

/// Refuses keywords that are not supported, by name.
void check_keywords(const JsonNode& schema, const SchemaPlace& place);

/// A count such as minItems. Throws GrammarError unless it is a whole number from 0 to 10^9.
[[nodiscard]] std::optional<uint32_t> count_of(const JsonNode& schema,
                                               std::string_view keyword,
                                               const SchemaPlace& place);
[[nodiscard]] std::vector<std::string> texts_of(const JsonNode& schema,
                                                std::string_view keyword,
                                                const SchemaPlace& place);
[[nodiscard]] NumberRange range_of(const JsonNode& schema,
                                   bool is_whole,
                                   const SchemaPlace& place);
/// The values of `enum` or `const`; nothing when the schema has neither.
[[nodiscard]] std::optional<std::vector<JsonNode>> fixed_values(const JsonNode& schema,
                                                                const SchemaPlace& place);

/// Whether no value fits both: by their types, their fixed values, or those of a property that
/// both require. Requires: neither has $ref or allOf at its top.
[[nodiscard]] bool are_disjoint(const JsonNode& a,
                                const JsonNode& b,
                                const SchemaDocument& document,
                                const SchemaPlace& place);

}  // namespace suan::engine
