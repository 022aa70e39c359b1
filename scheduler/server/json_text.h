#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "catalog/types/time.h"

namespace suan::scheduler {

/// Writes JSON text straight into a string: listings and decisions are made by the thousand, and
/// a tree of nodes would cost ten times as much.
///
/// Requires: calls in an order that makes sense (a key before each value inside an object);
///           commas are added by itself.
class JsonText {
 public:
  JsonText() = default;

  /// Sets room aside, so that a long text is not copied as it grows.
  explicit JsonText(size_t bytes_expected) { text_.reserve(bytes_expected); }

  JsonText& begin_object();
  JsonText& end_object();
  JsonText& begin_array();
  JsonText& end_array();
  JsonText& key(std::string_view name);  // Requires: printable ASCII

  JsonText& value(std::string_view text);  // invalid bytes as \xNN

  JsonText& value(const char* text) { return value(std::string_view(text)); }

  JsonText& value(int64_t number);
  JsonText& value(uint64_t number);

  JsonText& value(uint32_t number) { return value(uint64_t{number}); }

  JsonText& value(double number);  // not finite: null
  JsonText& value(bool flag);
  JsonText& value(WallTime time);  // RFC 3339
  JsonText& null();
  /// `json` must be JSON itself.
  JsonText& raw(std::string_view json);

  template <class T>
  JsonText& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : null();
  }

  template <class T>
  JsonText& field(std::string_view name, const T& field_value) {
    return key(name).value(field_value);
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void separate();

  std::string text_;
};

}  // namespace suan::scheduler
