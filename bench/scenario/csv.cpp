#include "bench/scenario/csv.h"

#include <algorithm>
#include <charconv>

#include "catalog/types/text.h"

namespace suan::bench {

namespace {

constexpr size_t kBytesMax = 64U << 20U;
constexpr size_t kColumnsMax = 64;

/// The number that is the whole of `text`; nothing for anything else.
template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<CsvTable> CsvTable::read(NamedText file, const std::vector<std::string_view>& columns) {
  if (file.text.size() > kBytesMax) {
    return fail(ErrorCode::TooLarge, "{} has more than {} bytes", file.name, kBytesMax);
  }
  CsvTable table(std::move(file), {columns.begin(), columns.end()});
  const std::string& text = table.file_.text;
  std::vector<size_t> places;
  std::vector<Cell> cells;
  size_t width = 0;
  size_t line = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t next = std::min(text.find('\n', at), text.size());
    const size_t end = next > at && text[next - 1] == '\r' ? next - 1 : next;
    ++line;
    table.split(at, end, cells);
    const bool is_blank = end == at;
    at = next + 1;
    if (is_blank) continue;
    if (width == 0) {
      width = cells.size();
      const auto found = table.find_columns(cells);
      if (!found) return forward(found.error());
      places = *found;
      continue;
    }
    if (cells.size() != width) {
      return fail(ErrorCode::BadRequest, "{}:{}: {} cells, where the first line names {}",
                  table.file_.name, line, cells.size(), width);
    }
    table.take_line(line, cells, places);
  }
  if (width == 0) return fail(ErrorCode::BadRequest, "{} is empty", table.file_.name);
  return table;
}

/// The cells between the bytes `at` and `end`; one more than allowed at the most.
void CsvTable::split(size_t at, size_t end, std::vector<Cell>& cells) const {
  cells.clear();
  for (size_t begin = at; begin <= end && cells.size() <= kColumnsMax;) {
    const size_t comma = std::min(file_.text.find(',', begin), end);
    cells.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(comma - begin)});
    begin = comma + 1;
  }
}

/// Where the wanted columns stand in the first line.
Result<std::vector<size_t>> CsvTable::find_columns(const std::vector<Cell>& cells) const {
  std::vector<size_t> places;
  for (const std::string& column : columns_) {
    const auto found = std::ranges::find_if(cells, [&](const Cell& each) {
      return std::string_view(file_.text).substr(each.begin, each.size) == column;
    });
    if (found == cells.end()) {
      return fail(ErrorCode::BadRequest, "{}: its first line names no column {}", file_.name,
                  column);
    }
    places.push_back(static_cast<size_t>(found - cells.begin()));
  }
  return places;
}

void CsvTable::take_line(size_t number,
                         const std::vector<Cell>& cells,
                         const std::vector<size_t>& places) {
  lines_.push_back(static_cast<uint32_t>(number));
  for (const size_t place : places)
    cells_.push_back(cells[place]);
}

std::string_view CsvTable::cell(size_t row, size_t column) const {
  const Cell& cell = cells_.at(row * columns_.size() + column);
  return std::string_view(file_.text).substr(cell.begin, cell.size);
}

bool CsvTable::is_empty(size_t row, size_t column) const {
  return cell(row, column).empty();
}

double CsvTable::number(size_t row, size_t column, double min, double max) {
  const auto value = number_of<double>(cell(row, column));
  if (value && *value >= min && *value <= max) return *value;
  complain(row, fmt::format("{} must be a number from {} to {}, not \"{}\"", columns_[column],
                            min, max, printable(cell(row, column), 40)));
  return min;
}

uint32_t CsvTable::whole(size_t row, size_t column, uint32_t min, uint32_t max) {
  const auto value = number_of<uint32_t>(cell(row, column));
  if (value && *value >= min && *value <= max) return *value;
  complain(row, fmt::format("{} must be a whole number from {} to {}, not \"{}\"",
                            columns_[column], min, max, printable(cell(row, column), 40)));
  return min;
}

std::string CsvTable::where(size_t row) const {
  return fmt::format("{}:{}", file_.name, lines_.at(row));
}

void CsvTable::complain(size_t row, const std::string& what) {
  if (!error_) error_ = Error{ErrorCode::BadRequest, where(row) + ": " + what, {}};
}

}  // namespace suan::bench
