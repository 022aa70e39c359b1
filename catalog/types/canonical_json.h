#pragma once

#include <string>

#include "catalog/types/json.h"

// Heavy: only .cpp files include this header.

namespace suan {

/// The canonical bytes of `json`: equal values, equal bytes, on every machine.
///
/// Requires: integers within +-2^53, finite numbers; else throws std::invalid_argument.
/// Source:   RFC 8785 (keys by UTF-16 units, shortest ECMAScript numbers)
[[nodiscard]] std::string canonical_json(const Json& json);

}  // namespace suan
