#include "cli/json_cell.h"

#include <fmt/core.h>

namespace suan::cli {

namespace {

std::string scalar(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{:.1f}", value.get<double>());
  if (value.is_null()) return "-";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (!value.is_array()) return dump_json(value);
  std::string joined;
  for (const Json& item : value)
    joined += (joined.empty() ? "" : ", ") + scalar(item);
  return joined;
}

}  // namespace

std::string json_cell(const Json& item, std::string_view path) {
  const Json* at = &item;
  while (!path.empty()) {
    const size_t dot = path.find('.');
    const std::string key(path.substr(0, dot));
    if (!at->is_object() || !at->contains(key)) return "";
    at = &(*at)[key];
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  }
  return scalar(*at);
}

}  // namespace suan::cli
