#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace suan::engine {

/// UTF-8 text as a JSON string, with its quotes.
[[nodiscard]] std::string json_string(std::string_view text);

/// Writes a JSON object member by member, for files that are small or flat.
class JsonObject {
 public:
  /// `value` is JSON already.
  JsonObject& raw(std::string_view key, std::string_view value);

  JsonObject& text(std::string_view key, std::string_view value) {
    return raw(key, json_string(value));
  }

  JsonObject& truth(std::string_view key, bool value) {
    return raw(key, value ? "true" : "false");
  }

  template <typename Number>
  JsonObject& number(std::string_view key, Number value) {
    return raw(key, fmt::format("{}", value));  // the shortest that reads back the same
  }

  [[nodiscard]] std::string str() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

}  // namespace suan::engine
