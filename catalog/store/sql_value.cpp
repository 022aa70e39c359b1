#include <array>

#include <fmt/core.h>

#include "catalog/store/database.h"

namespace suan {
namespace {

constexpr std::array<std::string_view, 4> kTypeNames{"NULL", "an integer", "a number",
                                                     "a text"};

template <class T>
const T& value_as(const SqlValue& value, size_t wanted) {
  if (const T* found = std::get_if<T>(&value)) return *found;
  throw StoreError(fmt::format("the store gave {} for {}", kTypeNames.at(value.index()),
                               kTypeNames.at(wanted)),
                   false);
}

}  // namespace

int64_t as_int(const SqlValue& value) {
  return value_as<int64_t>(value, 1);
}

double as_double(const SqlValue& value) {
  return value_as<double>(value, 2);
}

const std::string& as_text(const SqlValue& value) {
  return value_as<std::string>(value, 3);
}

std::optional<int64_t> as_optional_int(const SqlValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
  return as_int(value);
}

std::optional<double> as_optional_double(const SqlValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
  return as_double(value);
}

}  // namespace suan
