#pragma once

#include <string_view>

#include "catalog/types/result.h"
#include "catalog/types/time.h"

namespace suan::cli {

/// `90s`, `30m`, `24h`, `7d`, `250ms`: a whole number and a unit.
/// Errors:   BadRequest
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

}  // namespace suan::cli
