#include "engine/chat/template_source.h"

namespace suan::engine::jinja {

std::string with_plain_line_ends(std::string_view source) {
  std::string text;
  text.reserve(source.size());
  for (size_t at = 0; at < source.size(); ++at) {
    const bool is_return = source[at] == '\r';
    if (is_return && at + 1 < source.size() && source[at + 1] == '\n') ++at;
    text += is_return ? '\n' : source[at];
  }
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace suan::engine::jinja
