#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/types/result.h"

namespace suan::bench {

/// A file that was read, and what to call it in messages.
struct NamedText {
  std::string name;
  std::string text;
};

/// Plain comma-separated values (no quotes) whose first line names the columns.
///
/// Only the columns asked for are kept; others may be there. Cells are read by the column's place
/// among those asked for, and the first that does not fit is kept as `error`: read all, ask once.
class CsvTable {
 public:
  /// Errors:   BadRequest  a column is missing, or a line has another number of cells: named
  ///           TooLarge
  [[nodiscard]] static Result<CsvTable> read(NamedText file,
                                             const std::vector<std::string_view>& columns);

  [[nodiscard]] size_t rows() const { return lines_.size(); }

  [[nodiscard]] std::string_view cell(size_t row, size_t column) const;
  [[nodiscard]] bool is_empty(size_t row, size_t column) const;

  /// `min` where the cell does not fit.
  double number(size_t row, size_t column, double min, double max);
  uint32_t whole(size_t row, size_t column, uint32_t min, uint32_t max);

  /// `Cernet_links.csv:12`.
  [[nodiscard]] std::string where(size_t row) const;

  /// Keeps a complaint about a row, unless one stands.
  void complain(size_t row, const std::string& what);

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  struct Cell {
    uint32_t begin = 0;
    uint32_t size = 0;
  };

  CsvTable(NamedText file, std::vector<std::string> columns)
      : file_(std::move(file)), columns_(std::move(columns)) {}

  void split(size_t at, size_t end, std::vector<Cell>& cells) const;
  [[nodiscard]] Result<std::vector<size_t>> find_columns(const std::vector<Cell>& cells) const;
  void take_line(size_t number,
                 const std::vector<Cell>& cells,
                 const std::vector<size_t>& places);

  NamedText file_;
  std::vector<std::string> columns_;
  std::vector<Cell> cells_;      // rows x columns asked for
  std::vector<uint32_t> lines_;  // in the file, from 1; empty lines are left out
  std::optional<Error> error_;
};

}  // namespace suan::bench
