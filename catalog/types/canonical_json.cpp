#include "catalog/types/canonical_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <vector>

#include <fmt/core.h>

#include "catalog/types/text.h"

namespace suan {

namespace {

constexpr int64_t kIntegerMax = int64_t{1} << 53;

/// `text` as UTF-16, whose order the standard asks for: it differs from that of UTF-8 where
/// surrogate pairs meet U+E000..U+FFFF. Requires: valid UTF-8.
std::u16string to_utf16(std::string_view text) {
  std::u16string units;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (size_t k = 1; k < length; ++k) {
      point = (point << 6U) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    if (point < 0x10000) {
      units += static_cast<char16_t>(point);
    } else {
      units += static_cast<char16_t>(0xD800 + ((point - 0x10000) >> 10U));
      units += static_cast<char16_t>(0xDC00 + ((point - 0x10000) & 0x3FFU));
    }
    i += length;
  }
  return units;
}

void write_string(const std::string& text, std::string& out) {
  if (!is_valid_utf8(text)) throw std::invalid_argument("canonical JSON: a text is not UTF-8");

  constexpr std::string_view kShortFor = "\b\t\n\f\r\"\\";
  constexpr std::string_view kShort = "btnfr\"\\";
  out += '"';
  for (const char c : text) {
    const size_t known = kShortFor.find(c);
    if (known != std::string_view::npos) {
      out += '\\';
      out += kShort[known];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

/// A finite double > 0 as ECMAScript's Number::toString writes it: the shortest digits
/// d1...dk and an n with value = 0.d1...dk * 10^n decide the form.
std::string positive_number(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<size_t>(end.ptr - buffer.data()));
  const size_t mark = text.find('e');
  std::string digits(1, text[0]);
  if (mark > 2) digits += text.substr(2, mark - 2);
  const bool is_small = text[mark + 1] == '-';
  int exponent = 0;
  std::from_chars(text.data() + mark + 2, text.data() + text.size(), exponent);
  if (is_small) exponent = -exponent;

  const int k = static_cast<int>(digits.size());
  const int n = exponent + 1;
  if (k <= n && n <= 21) return digits.append(static_cast<size_t>(n - k), '0');
  if (0 < n && n <= 21) return digits.insert(static_cast<size_t>(n), ".");
  if (-6 < n && n <= 0) return "0." + std::string(static_cast<size_t>(-n), '0') + digits;
  if (k > 1) digits.insert(1, ".");
  return fmt::format("{}e{:+}", digits, n - 1);
}

std::string number(double value) {
  if (!std::isfinite(value))
    throw std::invalid_argument("canonical JSON: number is not finite");
  if (value == 0) return "0";  // -0, too
  return value < 0 ? "-" + positive_number(-value) : positive_number(value);
}

std::string integer(const Json& json) {
  const bool is_unsigned_large =
      json.is_number_unsigned() && json.get<uint64_t>() > static_cast<uint64_t>(kIntegerMax);
  const auto value = json.get<int64_t>();
  if (is_unsigned_large || value > kIntegerMax || value < -kIntegerMax) {
    throw std::invalid_argument("canonical JSON: integer beyond 2^53");
  }
  return std::to_string(value);
}

void write_value(const Json& json, std::string& out);

void write_object(const Json& json, std::string& out) {
  const auto& members = json.get_ref<const Json::object_t&>();
  std::vector<std::pair<std::u16string, Json::object_t::const_iterator>> order;
  for (auto member = members.begin(); member != members.end(); ++member) {
    if (!is_valid_utf8(member->first)) {
      throw std::invalid_argument("canonical JSON: a key is not UTF-8");
    }
    order.emplace_back(to_utf16(member->first), member);
  }
  std::sort(order.begin(), order.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });

  out += '{';
  for (const auto& [units, member] : order) {
    if (out.back() != '{') out += ',';
    write_string(member->first, out);
    out += ':';
    write_value(member->second, out);
  }
  out += '}';
}

void write_array(const Json& json, std::string& out) {
  out += '[';
  for (const Json& item : json) {
    if (out.back() != '[') out += ',';
    write_value(item, out);
  }
  out += ']';
}

void write_value(const Json& json, std::string& out) {
  if (json.is_object()) return write_object(json, out);
  if (json.is_array()) return write_array(json, out);
  if (json.is_string()) return write_string(json.get_ref<const std::string&>(), out);
  if (json.is_boolean()) {
    out += json.get<bool>() ? "true" : "false";
  } else if (json.is_null()) {
    out += "null";
  } else if (json.is_number_integer()) {
    out += integer(json);
  } else if (json.is_number_float()) {
    out += number(json.get<double>());
  } else {
    throw std::invalid_argument("canonical JSON: binary and discarded values have no form");
  }
}

}  // namespace

std::string canonical_json(const Json& json) {
  std::string out;
  write_value(json, out);
  return out;
}

}  // namespace suan
