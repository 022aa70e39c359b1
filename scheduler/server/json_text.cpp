#include "scheduler/server/json_text.h"

#include <cmath>
#include <cstring>

#include <fmt/compile.h>
#include <fmt/format.h>

#include "catalog/types/text.h"

namespace suan::scheduler {

namespace {

/// Nearly every text is a name: printable ASCII that stands for itself.
bool is_plain(std::string_view text) {
  for (const char c : text) {
    const bool stands_for_itself = c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
    if (!stands_for_itself) return false;
  }
  return true;
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
}

}  // namespace

void JsonText::separate() {
  if (text_.empty()) return;
  const char last = text_.back();
  if (last != '{' && last != '[' && last != ':') text_ += ',';
}

JsonText& JsonText::begin_object() {
  separate();
  text_ += '{';
  return *this;
}

JsonText& JsonText::end_object() {
  text_ += '}';
  return *this;
}

JsonText& JsonText::begin_array() {
  separate();
  text_ += '[';
  return *this;
}

JsonText& JsonText::end_array() {
  text_ += ']';
  return *this;
}

/// Listings are mostly keys: each is written at once.
JsonText& JsonText::key(std::string_view name) {
  separate();
  const size_t begin = text_.size();
  text_.resize(begin + name.size() + 3);
  char* out = text_.data() + begin;
  *out = '"';
  std::memcpy(out + 1, name.data(), name.size());
  out[1 + name.size()] = '"';
  out[2 + name.size()] = ':';
  return *this;
}

JsonText& JsonText::value(std::string_view text) {
  separate();
  text_ += '"';
  if (is_plain(text)) {
    text_ += text;
  } else if (is_valid_utf8(text)) {
    append_escaped(text_, text);
  } else {
    append_escaped(text_, printable(text, text.size() * 4));
  }
  text_ += '"';
  return *this;
}

JsonText& JsonText::value(int64_t number) {
  separate();
  const fmt::format_int digits(number);
  text_.append(digits.data(), digits.size());
  return *this;
}

JsonText& JsonText::value(uint64_t number) {
  separate();
  const fmt::format_int digits(number);
  text_.append(digits.data(), digits.size());
  return *this;
}

JsonText& JsonText::value(double number) {
  if (!std::isfinite(number)) return null();
  // Many are whole; of up to six digits they look the same as integers, and are written sooner.
  if (number >= 0 && number < 1e6 && number == std::floor(number)) {
    return value(static_cast<uint64_t>(number));
  }
  separate();
  fmt::memory_buffer digits;
  fmt::format_to(fmt::appender(digits), FMT_COMPILE("{:.6g}"), number);
  text_.append(digits.data(), digits.size());
  return *this;
}

JsonText& JsonText::value(bool flag) {
  separate();
  text_ += flag ? "true" : "false";
  return *this;
}

JsonText& JsonText::value(WallTime time) {
  return value(to_rfc3339(time));
}

JsonText& JsonText::null() {
  separate();
  text_ += "null";
  return *this;
}

JsonText& JsonText::raw(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

}  // namespace suan::scheduler
