#include "engine/chat/text_methods.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "engine/chat/text_pieces.h"

namespace suan::engine::jinja {

namespace {

/// What Python calls white space beyond ASCII.
constexpr std::array<std::string_view, 19> kWideSpaces = {
    "\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
    "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200A",
    "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"};

bool is_space(std::string_view character) {
  if (character.size() == 1) {
    const char byte = character.front();
    return byte == ' ' || (byte >= '\t' && byte <= '\r') || (byte >= 0x1C && byte <= 0x1F);
  }
  return std::find(kWideSpaces.begin(), kWideSpaces.end(), character) != kWideSpaces.end();
}

/// The bytes of the character at the start, and at the end.
std::string_view first_character(std::string_view text) {
  return text.substr(0, byte_of_character(text, 1));
}

std::string_view last_character(std::string_view text) {
  size_t first = text.size() - 1;
  while (first > 0 && text.size() - first < 4 &&
         (static_cast<unsigned char>(text[first]) & 0xC0U) == 0x80U)
    --first;
  return text.substr(first);
}

class CharacterSet {
 public:
  explicit CharacterSet(std::optional<std::string_view> set) : is_white_space_(!set) {
    for (std::string_view rest = set.value_or(""); !rest.empty();) {
      const std::string_view one = first_character(rest);
      set_.insert(one);
      rest.remove_prefix(one.size());
    }
  }

  bool has(std::string_view character) const {
    return is_white_space_ ? is_space(character) : set_.contains(character);
  }

 private:
  bool is_white_space_;
  std::unordered_set<std::string_view> set_;
};

std::vector<MarkedText> split_words(const MarkedText& text, int64_t most) {
  std::vector<MarkedText> words;
  const std::string_view all = text.text;
  size_t at = 0;
  while (true) {
    while (at < all.size() && is_space(first_character(all.substr(at))))
      at += first_character(all.substr(at)).size();
    if (at == all.size()) return words;
    if (most >= 0 && static_cast<int64_t>(words.size()) == most) {
      words.push_back(stripped(slice(text, at, all.size() - at), TextEnd::Right, {}));
      return words;
    }
    const size_t first = at;
    while (at < all.size() && !is_space(first_character(all.substr(at))))
      at += first_character(all.substr(at)).size();
    words.push_back(slice(text, first, at - first));
  }
}

/// Where `separator` stands, from the left, without overlaps.
std::vector<size_t> places_of(std::string_view text, std::string_view separator, int64_t most) {
  std::vector<size_t> places;
  size_t at = find_part(text, separator);
  while (at != std::string_view::npos && (most < 0 || std::ssize(places) < most)) {
    places.push_back(at);
    at = find_part(text, separator, at + separator.size());
  }
  return places;
}

std::vector<size_t> last_places_of(const MarkedText& text,
                                   std::string_view separator,
                                   int64_t most) {
  const std::string turned(text.text.rbegin(), text.text.rend());
  const std::string mark(separator.rbegin(), separator.rend());
  std::vector<size_t> places = places_of(turned, mark, most);
  for (size_t& place : places)
    place = turned.size() - place - mark.size();
  std::reverse(places.begin(), places.end());
  return places;
}

}  // namespace

MarkedText stripped(const MarkedText& text, TextEnd end, std::optional<std::string_view> set) {
  const CharacterSet gone(set);
  std::string_view rest = text.text;
  size_t first = 0;
  while (end != TextEnd::Right && !rest.empty() && gone.has(first_character(rest))) {
    const size_t size = first_character(rest).size();
    rest.remove_prefix(size);
    first += size;
  }
  while (end != TextEnd::Left && !rest.empty() && gone.has(last_character(rest)))
    rest.remove_suffix(last_character(rest).size());
  return slice(text, first, rest.size());
}

std::vector<MarkedText> split(const MarkedText& text,
                              std::optional<std::string_view> separator,
                              int64_t most,
                              TextEnd from) {
  if (!separator) return split_words(text, from == TextEnd::Right ? -1 : most);
  const std::vector<size_t> places = from == TextEnd::Right
                                         ? last_places_of(text, *separator, most)
                                         : places_of(text.text, *separator, most);
  std::vector<MarkedText> parts;
  size_t first = 0;
  for (const size_t place : places) {
    parts.push_back(slice(text, first, place - first));
    first = place + separator->size();
  }
  parts.push_back(slice(text, first, text.text.size() - first));
  return parts;
}

std::vector<MarkedText> split_lines(const MarkedText& text) {
  std::vector<MarkedText> lines;
  const std::string& all = text.text;
  for (size_t at = 0; at < all.size();) {
    size_t end = std::min(all.find_first_of("\r\n\v\f", at), all.size());
    lines.push_back(slice(text, at, end - at));
    if (all.compare(end, 2, "\r\n") == 0) ++end;
    at = end + 1;
  }
  return lines;
}

MarkedText replaced(const MarkedText& text,
                    std::string_view old,
                    const MarkedText& by,
                    int64_t most,
                    TemplateBudget& budget) {
  MarkedText out;
  if (old.empty()) fail_template("replace needs a text to look for");
  size_t first = 0;
  for (const size_t place : places_of(text.text, old, most)) {
    append(out, slice(text, first, place - first));
    append(out, by);
    first = place + old.size();
    budget.charge();
    if (out.text.size() > budget.limits().output_bytes) budget.charge_bytes(out.text.size());
  }
  append(out, slice(text, first, text.text.size() - first));
  budget.charge_bytes(out.text.size());
  return out;
}

MarkedText indented(const MarkedText& text,
                    const MarkedText& indent,
                    bool indents_first,
                    bool indents_blank,
                    TemplateBudget& budget) {
  MarkedText out;
  const std::string& all = text.text;
  for (size_t at = 0; at <= all.size();) {
    const size_t end = std::min(all.find('\n', at), all.size());
    const bool is_first = at == 0;
    const bool is_due = is_first ? indents_first : (indents_blank || end > at);
    if (is_due) append(out, indent);
    append(out, slice(text, at, std::min(end + 1, all.size()) - at));
    budget.charge_bytes(indent.text.size());
    if (out.text.size() > budget.limits().output_bytes) budget.charge_bytes(out.text.size());
    at = end + 1;
  }
  budget.charge_bytes(out.text.size());
  return out;
}

}  // namespace suan::engine::jinja
