#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catalog/types/id.h"
#include "catalog/types/random.h"
#include "catalog/types/time.h"

namespace suan {

/// A version 7 UUID: 48 bits of milliseconds, then random bits, so ids sort by time.
///
/// Source:   RFC 9562, section 5.7
[[nodiscard]] Uuid make_uuid_v7(WallTime now, Random& random);

/// The milliseconds since 1970 that a version 7 UUID carries.
[[nodiscard]] int64_t unix_ms_of(const Uuid& uuid);

/// `0192e4a0-....`, 36 characters, lower case.
[[nodiscard]] std::string to_string(const Uuid& uuid);

/// Full match only; nothing for anything else.
[[nodiscard]] std::optional<Uuid> parse_uuid(std::string_view text);

}  // namespace suan
