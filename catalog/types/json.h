#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "catalog/types/result.h"

// Heavy: only .cpp files include this header.

namespace suan {

using Json = nlohmann::json;

/// What a JSON text from outside may cost (`reliability.md` J1).
struct JsonLimits {
  uint32_t depth = 64;
  uint32_t keys = 10'000;
  uint32_t values = 200'000;
  uint32_t number_characters = 64;
  bool allow_comments = false;  // `//` and `/* */`, in files that people write
};

/// Parses after a SAX pass has checked the limits, UTF-8 and duplicate keys; so the tree is
/// safe to copy and dump. The only place of the project that calls `json::parse`.
///
/// Errors:   BadRequest  names the limit, or the byte (and line, where comments are allowed)
[[nodiscard]] Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

/// Compact text; bytes that are no UTF-8 become U+FFFD, so it never throws.
[[nodiscard]] std::string dump_json(const Json& json);

}  // namespace suan
