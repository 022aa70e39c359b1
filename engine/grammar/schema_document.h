#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/grammar/json_node.h"
#include "engine/grammar/schema_place.h"

namespace suan::engine {

/// A whole schema: finds what $ref points to, and joins schemas that must both hold.
class SchemaDocument {
 public:
  SchemaDocument(JsonNode root, CompileBudget& budget);

  [[nodiscard]] const JsonNode& root() const { return root_; }

  /// Follows "#", "#/a/b"; throws GrammarError for what is not in this document.
  [[nodiscard]] const JsonNode& target_of(const JsonNode& ref, const SchemaPlace& place) const;

  /// `schema` without $ref and allOf at its top.
  [[nodiscard]] JsonNode expanded(const JsonNode& schema, const SchemaPlace& place) const;

  /// One schema that holds where both hold. Throws GrammarError when the two have keywords that
  /// cannot be joined.
  [[nodiscard]] JsonNode joined(const JsonNode& a,
                                const JsonNode& b,
                                const SchemaPlace& place) const;

 private:
  JsonNode expanded(const JsonNode& schema, const SchemaPlace& place, uint32_t& steps) const;
  void join_member(JsonNode& into,
                   const std::string& keyword,
                   const JsonNode& value,
                   const SchemaPlace& place) const;

  JsonNode root_;
  CompileBudget& budget_;
};

/// Keywords that say nothing about values.
[[nodiscard]] bool is_annotation(std::string_view keyword);

/// Whether a schema holds for everything: {} but for annotations, or true.
[[nodiscard]] bool is_open(const JsonNode& schema);

/// `schema` without some keywords.
[[nodiscard]] JsonNode without(const JsonNode& schema,
                               std::initializer_list<std::string_view> keywords);

}  // namespace suan::engine
