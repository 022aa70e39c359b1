#pragma once

#include <string_view>

#include "bench/spec.h"
#include "bench/spec_reader.h"

// Heavy: only .cpp files include this header.

namespace suan::bench {

/// Reads how lengths are drawn: `{"dist": "lognormal", "p50": 900, "p95": 4000, "min": 8, "max": 32768}`.
/// An absent key leaves `length` as it was.
void read_length(const SpecObject& parent, std::string_view key, LengthSpec& length);

/// `fixed`, `uniform`, `lognormal`.
[[nodiscard]] std::string_view to_string(LengthSpec::Kind kind);

}  // namespace suan::bench
