#include "engine/grammar/schema_place.h"

#include <fmt/format.h>

namespace suan::engine {
namespace {

/// A part of a pointer as it is written: ~1 for /, ~0 for ~.
std::string escaped(std::string_view name) {
  std::string text;
  for (const char byte : name) {
    if (byte == '~') {
      text += "~0";
    } else if (byte == '/') {
      text += "~1";
    } else {
      text += byte;
    }
  }
  return text;
}

}  // namespace

SchemaPlace SchemaPlace::below(std::string_view name) const {
  return {pointer + '/' + escaped(name)};
}

GrammarError error_at(const SchemaPlace& place, std::string_view what) {
  return GrammarError(
      fmt::format("{} (at {})", what, place.pointer.empty() ? "/" : place.pointer));
}

std::string unescaped(std::string_view part) {
  std::string text;
  for (size_t i = 0; i < part.size(); ++i) {
    const bool is_escape = part[i] == '~' && i + 1 < part.size();
    if (is_escape && (part[i + 1] == '0' || part[i + 1] == '1')) {
      text += part[i + 1] == '0' ? '~' : '/';
      ++i;
    } else {
      text += part[i];
    }
  }
  return text;
}

}  // namespace suan::engine
