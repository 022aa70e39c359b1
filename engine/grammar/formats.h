#pragma once

#include <string_view>

namespace suan::engine {

/// A pattern for texts of one of JSON Schema's formats; empty when the format is not supported.
///
/// Every text of the pattern is of the format. Not every text of the format fits: no 29th of
/// February, no leap seconds, host names and addresses in ASCII, URIs with an authority.
/// Source:   JSON Schema 2020-12, validation, section 7.3; RFC 3339, 4291, 5321, 9562
[[nodiscard]] std::string_view pattern_of_format(std::string_view format);

}  // namespace suan::engine
