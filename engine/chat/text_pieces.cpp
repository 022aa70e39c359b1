#include "engine/chat/text_pieces.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace suan::engine::jinja {

namespace {

/// Adds a range behind the others, joined to the last one where they touch.
void add_range(MarkedText& text, size_t first, size_t count) {
  if (count == 0) return;
  if (!text.markup.empty()) {
    ByteRange& last = text.markup.back();
    if (last.first + last.count == first) {
      last.count += count;
      return;
    }
  }
  text.markup.push_back({first, count});
}

bool begins_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

}  // namespace

MarkedText written_text(std::string text) {
  MarkedText marked;
  marked.text = std::move(text);
  add_range(marked, 0, marked.text.size());
  return marked;
}

MarkedText given_text(std::string text) {
  MarkedText marked;
  marked.text = std::move(text);
  return marked;
}

void append(MarkedText& text, const MarkedText& more) {
  const size_t offset = text.text.size();
  text.text += more.text;
  for (const ByteRange& range : more.markup)
    add_range(text, offset + range.first, range.count);
}

MarkedText slice(const MarkedText& text, size_t first, size_t count) {
  assert(first + count <= text.text.size());
  MarkedText part = given_text(text.text.substr(first, count));
  const size_t end = first + count;
  auto range = std::partition_point(
      text.markup.begin(), text.markup.end(),
      [first](const ByteRange& one) { return one.first + one.count <= first; });
  for (; range != text.markup.end() && range->first < end; ++range) {
    const size_t from = std::max(range->first, first);
    const size_t to = std::min(range->first + range->count, end);
    add_range(part, from - first, to - from);
  }
  return part;
}

MarkedText changed_text(const MarkedText& text, std::string changed) {
  const bool is_all_markup = text.markup.size() == 1 && text.markup[0].first == 0 &&
                             text.markup[0].count == text.text.size();
  return is_all_markup ? written_text(std::move(changed)) : given_text(std::move(changed));
}

/// memmem is linear; std::string::find takes quadratic time for texts that are made for it.
size_t find_part(std::string_view text, std::string_view part, size_t from) {
  if (from > text.size()) return std::string_view::npos;
  const std::string_view rest = text.substr(from);
  if (part.empty()) return from;
  if (rest.empty()) return std::string_view::npos;
  const void* found = memmem(rest.data(), rest.size(), part.data(), part.size());
  if (found == nullptr) return std::string_view::npos;
  return from + static_cast<size_t>(static_cast<const char*>(found) - rest.data());
}

size_t character_count(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

size_t byte_of_character(std::string_view text, size_t index) {
  size_t seen = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (begins_character(text[at]) && seen++ == index) return at;
  }
  return text.size();
}

}  // namespace suan::engine::jinja
