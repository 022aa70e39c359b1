#pragma once

#include <span>
#include <string>
#include <string_view>

#include "catalog/types/result.h"

namespace suan {

/// The object or array at `path`, key by key from the root, as compact JSON text with its keys in
/// the order in which they came; empty when there is none. Trees lose that order, and models read it.
///
/// Requires: `parse_json` has accepted `text`.
/// Errors:   BadRequest  the value takes more than `bytes_max`
[[nodiscard]] Result<std::string> json_part(std::string_view text,
                                            std::span<const std::string_view> path,
                                            size_t bytes_max);

}  // namespace suan
