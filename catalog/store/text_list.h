#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace suan {

/// Names in one TEXT column, with commas between. Requires: no name has a comma.
[[nodiscard]] inline std::string join_names(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    if (!text.empty()) text += ',';
    text += name;
  }
  return text;
}

[[nodiscard]] inline std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const auto comma = text.find(',');
    names.emplace_back(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return names;
}

}  // namespace suan
