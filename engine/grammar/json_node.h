#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/grammar/limits.h"

namespace suan::engine {

/// A value of a JSON text, with the members of objects in the order written.
struct JsonNode {
  enum class Kind : uint8_t { Null, False, True, Number, Text, Array, Object } kind{};
  std::string text{};  // Text: its characters; Number: as written, or its digits
  std::vector<JsonNode> items{};
  std::vector<std::pair<std::string, JsonNode>> members{};

  /// The member of that name; null if there is none.
  [[nodiscard]] const JsonNode* find(std::string_view name) const;

  [[nodiscard]] bool is_object() const { return kind == Kind::Object; }

  [[nodiscard]] bool is_text() const { return kind == Kind::Text; }

  [[nodiscard]] bool is_bool() const { return kind == Kind::True || kind == Kind::False; }

  friend bool operator==(const JsonNode&, const JsonNode&) = default;
};

/// Reads a text; depth is bounded, names are unique. Throws GrammarError.
[[nodiscard]] JsonNode read_json(std::string_view text, CompileBudget& budget);

/// Without blanks; characters stand for themselves where JSON allows it.
[[nodiscard]] std::string written(const JsonNode& node);
/// As a JSON string, with its quotes.
[[nodiscard]] std::string json_quoted(std::string_view text);

/// Values in a node, for counting.
[[nodiscard]] uint64_t count_values(const JsonNode& node);

}  // namespace suan::engine
