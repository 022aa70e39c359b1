#pragma once

#include <string>
#include <vector>

namespace suan::cli {

/// A table for people: columns as wide as their widest cell, numbers to the right, control
/// characters of hostile names made visible.
class Table {
 public:
  explicit Table(std::vector<std::string> headers);

  void add(std::vector<std::string> cells);

  /// Bold headers on a terminal, unless NO_COLOR is set.
  [[nodiscard]] std::string text(bool is_terminal) const;

 private:
  std::vector<std::string> headers_;
  std::vector<std::vector<std::string>> rows_;
};

/// Whether stdout shows colours and moving lines.
[[nodiscard]] bool is_terminal_out();

}  // namespace suan::cli
