#include "cli/table.h"

#include <algorithm>
#include <cstdlib>
#include <unistd.h>
#include <utility>

#include "catalog/types/text.h"

namespace suan::cli {

namespace {

constexpr size_t kCellBytesMax = 72;

/// Columns on a terminal: code points; wide characters count two.
size_t width_of(const std::string& text) {
  size_t width = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80U) width += byte >= 0xE3 && byte <= 0xEF ? 2 : 1;
  }
  return width;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789.-+%") == std::string::npos;
}

}  // namespace

Table::Table(std::vector<std::string> headers) : headers_(std::move(headers)) {}

void Table::add(std::vector<std::string> cells) {
  cells.resize(headers_.size());
  for (std::string& cell : cells)
    cell = printable(cell, kCellBytesMax);
  rows_.push_back(std::move(cells));
}

std::string Table::text(bool is_terminal) const {
  std::vector<size_t> widths;
  for (size_t column = 0; column < headers_.size(); ++column) {
    size_t width = width_of(headers_[column]);
    for (const auto& row : rows_)
      width = std::max(width, width_of(row[column]));
    widths.push_back(width);
  }

  std::string out;
  const auto add_line = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (size_t column = 0; column < cells.size(); ++column) {
      const std::string padding(widths[column] - width_of(cells[column]), ' ');
      line += is_number(cells[column]) ? padding + cells[column] : cells[column] + padding;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  if (is_terminal) out += "\033[1m";
  add_line(headers_);
  if (is_terminal) out += "\033[0m";
  for (const auto& row : rows_)
    add_line(row);
  return out;
}

bool is_terminal_out() {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
}

}  // namespace suan::cli
