#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/chat/template_value.h"

namespace suan::engine::jinja {

/// Reads JSON with its keys in order; nothing when it is no JSON, or nests deeper than 64.
///
/// Repeated keys: the last one wins. Numbers beyond 64 bits become floats.
[[nodiscard]] std::optional<Value> value_of_json(std::string_view json);

struct JsonStyle {
  uint32_t indent = 0;  // 0: on one line
  bool is_ascii = false;
  bool sorts_keys = false;
  std::string item_separator;  // empty: as json.dumps, ", " or with an indent ","
  std::string key_separator;   // empty: ": "
};

/// `value` as json.dumps writes it. Errors: TemplateError, for what is no JSON
[[nodiscard]] std::string json_of(const Value& value,
                                  const JsonStyle& style,
                                  TemplateBudget& budget);

}  // namespace suan::engine::jinja
