#pragma once

#include <nlohmann/json.hpp>

namespace suan::engine {

/// Whether a value fits a JSON Schema, by the words of the standard: no automaton, no sharing of
/// code with what is tested. Keywords that the tests do not use are an error.
[[nodiscard]] bool fits_schema(const nlohmann::json& value,
                               const nlohmann::json& schema,
                               const nlohmann::json& root);

}  // namespace suan::engine
