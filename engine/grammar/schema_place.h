#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/grammar/json_node.h"

namespace suan::engine {

/// A schema and the JSON pointer that leads to it, for messages.
struct SchemaPlace {
  std::string pointer;

  [[nodiscard]] SchemaPlace below(std::string_view name) const;

  [[nodiscard]] SchemaPlace below(size_t index) const { return below(std::to_string(index)); }
};

/// "<what> (at <pointer>)"
[[nodiscard]] GrammarError error_at(const SchemaPlace& place, std::string_view what);

/// A part of a JSON pointer as it is meant: ~1 is /, ~0 is ~.
[[nodiscard]] std::string unescaped(std::string_view part);

}  // namespace suan::engine
