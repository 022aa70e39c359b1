#pragma once

#include <string>
#include <string_view>

#include "catalog/types/json.h"

// Heavy: only .cpp files include this header.

namespace suan::cli {

/// For answers of a network of any size, which are at most 1 MiB.
inline constexpr JsonLimits kListingLimits{.keys = 200'000, .values = 500'000};

/// The value at `path` (`a.b` looks into objects) as a table shows it: lists joined by commas,
/// numbers with at most one decimal where they are fractions, "-" for null, "" where it is absent.
[[nodiscard]] std::string json_cell(const Json& item, std::string_view path);

}  // namespace suan::cli
