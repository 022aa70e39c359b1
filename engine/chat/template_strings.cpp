#include "engine/chat/template_strings.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "engine/tokenizer/utf8.h"

namespace suan::engine::jinja {

namespace {

constexpr uint32_t kCharacterMax = 0x10FFFF;

bool is_upper(char byte) {
  return byte >= 'A' && byte <= 'Z';
}

bool is_lower(char byte) {
  return byte >= 'a' && byte <= 'z';
}

char to_upper(char byte) {
  return is_lower(byte) ? static_cast<char>(byte - 'a' + 'A') : byte;
}

char to_lower(char byte) {
  return is_upper(byte) ? static_cast<char>(byte - 'A' + 'a') : byte;
}

/// Reads one escape behind its backslash; returns how many bytes it took, 0: it is none.
size_t read_escape(std::string_view rest, std::string& out) {
  static constexpr std::string_view kNames = "abfnrtv\\'\"";
  static constexpr std::string_view kBytes = "\a\b\f\n\r\t\v\\'\"";
  const char kind = rest.front();
  if (kind == '\n') return 1;  // a line that goes on
  if (const size_t named = kNames.find(kind); named != std::string_view::npos) {
    out += kBytes[named];
    return 1;
  }
  size_t first = 1;
  size_t most = 0;
  int base = 16;
  if (kind == 'x') most = 2;
  if (kind == 'u') most = 4;
  if (kind == 'U') most = 8;
  if (kind >= '0' && kind <= '7') {
    first = 0;
    most = 3;
    base = 8;
  }
  const std::string_view digits = rest.substr(first, most);
  uint32_t character = 0;
  const auto read =
      std::from_chars(digits.data(), digits.data() + digits.size(), character, base);
  const auto taken = static_cast<size_t>(read.ptr - digits.data());
  const bool is_whole = base == 8 ? taken > 0 : taken == most && most > 0;
  const bool is_surrogate = character >= 0xD800 && character < 0xE000;
  if (!is_whole || is_surrogate || character > kCharacterMax) return 0;
  append_utf8(out, character);
  return first + taken;
}

/// The character of a whole UTF-8 sequence.
uint32_t character_of(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence.front());
  if (sequence.size() == 1) return lead;
  uint32_t character = lead & (0xFFU >> (sequence.size() + 1));
  for (const char byte : sequence.substr(1))
    character = character << 6U | (static_cast<unsigned char>(byte) & 0x3FU);
  return character;
}

void append_json_ascii(std::string& out, uint32_t character) {
  if (character < 0x10000) {
    out += fmt::format("\\u{:04x}", character);
    return;
  }
  const uint32_t rest = character - 0x10000;
  out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10U), 0xDC00 + (rest & 0x3FFU));
}

void append_json_byte(std::string& out, char byte) {
  static constexpr std::string_view kBytes = "\"\\\b\f\n\r\t";
  static constexpr std::string_view kNames = "\"\\bfnrt";
  if (const size_t named = kBytes.find(byte); named != std::string_view::npos) {
    out += '\\';
    out += kNames[named];
  } else if (static_cast<unsigned char>(byte) < 0x20) {
    out += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
  } else {
    out += byte;
  }
}

}  // namespace

std::string without_escapes(std::string_view literal) {
  std::string text;
  text.reserve(literal.size());
  for (size_t at = 0; at < literal.size();) {
    if (literal[at] == '\\' && at + 1 < literal.size()) {
      const size_t taken = read_escape(literal.substr(at + 1), text);
      if (taken > 0) {
        at += 1 + taken;
        continue;
      }
    }
    text += literal[at++];
  }
  return text;
}

std::string python_quoted(std::string_view text) {
  const bool has_single = text.find('\'') != std::string_view::npos;
  const bool has_double = text.find('"') != std::string_view::npos;
  const char quote = has_single && !has_double ? '"' : '\'';
  std::string out(1, quote);
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == quote || byte == '\\') {
      out += '\\';
      out += byte;
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\r') {
      out += "\\r";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (code < 0x20 || code == 0x7F) {
      out += fmt::format("\\x{:02x}", code);
    } else {
      out += byte;
    }
  }
  return out + quote;
}

std::string json_quoted(std::string_view text, bool is_ascii) {
  std::string out = "\"";
  while (!text.empty()) {
    const Utf8Sequence sequence = first_utf8_sequence(text);
    const std::string_view bytes = text.substr(0, std::max<size_t>(sequence.bytes, 1));
    const bool is_whole = sequence.state == Utf8State::Whole;
    if (bytes.size() == 1 && is_whole) {
      append_json_byte(out, bytes.front());
    } else if (!is_ascii) {
      out += bytes;
    } else {
      append_json_ascii(out, is_whole ? character_of(bytes) : 0xFFFD);
    }
    text.remove_prefix(bytes.size());
  }
  return out + '"';
}

/// fmt changes to exponents where Python does: at 1e16 and below 1e-4.
std::string python_float(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  std::string text = fmt::format("{}", number);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

void append_utf8(std::string& text, uint32_t character) {
  if (character < 0x80) {
    text += static_cast<char>(character);
    return;
  }
  int rest = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
  const uint32_t lead = rest == 1 ? 0xC0 : rest == 2 ? 0xE0 : 0xF0;
  text += static_cast<char>(lead | character >> (6U * static_cast<uint32_t>(rest)));
  while (rest-- > 0)
    text +=
        static_cast<char>(0x80U | (character >> (6U * static_cast<uint32_t>(rest)) & 0x3FU));
}

std::string upper_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), to_upper);
  return out;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), to_lower);
  return out;
}

std::string title_case(std::string_view text) {
  std::string out = lower_case(text);
  bool is_inside = false;
  for (char& byte : out) {
    if (!is_inside) byte = to_upper(byte);
    is_inside = is_upper(byte) || is_lower(byte) || static_cast<unsigned char>(byte) >= 0x80;
  }
  return out;
}

std::string capitalized(std::string_view text) {
  std::string out = lower_case(text);
  if (!out.empty()) out.front() = to_upper(out.front());
  return out;
}

}  // namespace suan::engine::jinja
