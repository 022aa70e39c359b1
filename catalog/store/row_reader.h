#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <fmt/core.h>

#include "catalog/store/database.h"
#include "catalog/types/time.h"

namespace suan {

/// Reads the columns of one row from left to right, as its SELECT lists them.
///
/// Errors:   StoreError when a column has another type or there are too few
class RowReader {
 public:
  explicit RowReader(const SqlRow& row) : row_(row) {}

  const std::string& text() { return as_text(next()); }

  int64_t integer() { return as_int(next()); }

  uint32_t u32() { return static_cast<uint32_t>(integer()); }

  uint64_t u64() { return static_cast<uint64_t>(integer()); }

  bool flag() { return integer() != 0; }

  std::optional<int64_t> optional_integer() { return as_optional_int(next()); }

  double number() { return as_double(next()); }

  std::optional<double> optional_number() { return as_optional_double(next()); }

  WallTime time() { return wall_time_of_us(integer()); }

  std::optional<WallTime> optional_time() {
    const auto us = as_optional_int(next());
    if (!us) return std::nullopt;
    return wall_time_of_us(*us);
  }

  template <class AnyId>
  AnyId id() {
    return AnyId(text());
  }

  /// An enum by its name; `parse` is its `..._of` function.
  template <class Parse>
  auto named(Parse parse) {
    const auto& name = text();
    const auto value = parse(name);
    if (!value) throw StoreError(fmt::format("the store has an unknown name: {}", name), false);
    return *value;
  }

 private:
  const SqlValue& next() {
    if (index_ >= row_.size()) throw StoreError("a row with too few columns", false);
    return row_[index_++];
  }

  const SqlRow& row_;
  size_t index_ = 0;
};

/// All rows of an answer as values. `read` takes a RowReader.
template <class Read>
auto read_all(const SqlRows& rows, const Read& read) {
  using Value = decltype(read(std::declval<RowReader&>()));
  std::vector<Value> values;
  values.reserve(rows.size());
  for (const auto& row : rows) {
    RowReader reader(row);
    values.push_back(read(reader));
  }
  return values;
}

/// The only row of an answer, or nothing.
template <class Read>
auto read_one(const SqlRows& rows, const Read& read) {
  using Value = decltype(read(std::declval<RowReader&>()));
  if (rows.empty()) return std::optional<Value>();
  RowReader reader(rows.front());
  return std::optional<Value>(read(reader));
}

/// A column that may be NULL.
[[nodiscard]] inline SqlValue nullable(const std::optional<WallTime>& time) {
  if (!time) return {};
  return to_us(*time);
}

[[nodiscard]] inline SqlValue nullable(const std::optional<int64_t>& number) {
  if (!number) return std::monostate();
  return *number;
}

[[nodiscard]] inline SqlValue nullable(const std::optional<double>& number) {
  if (!number) return {};
  return *number;
}

[[nodiscard]] inline SqlValue sql_text(std::string_view text) {
  return std::string(text);
}

}  // namespace suan
