#include "tests/engine/grammar/schema_checker.h"

#include <algorithm>
#include <cmath>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>

namespace suan::engine {
namespace {

using nlohmann::json;

bool is_type(const json& value, const std::string& type) {
  if (type == "null") return value.is_null();
  if (type == "boolean") return value.is_boolean();
  if (type == "string") return value.is_string();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  if (type == "number") return value.is_number();
  if (type == "integer") {
    return value.is_number_integer() ||
           (value.is_number() && value.get<double>() == std::floor(value.get<double>()));
  }
  throw std::runtime_error("no type: " + type);
}

size_t characters(const std::string& text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80; }));
}

bool is_format(const std::string& text, const std::string& format) {
  static const std::regex kDate(R"((\d{4})-(\d\d)-(\d\d))");
  static const std::regex kUuid(R"([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})");
  static const std::regex kEmail(R"([^@\s"\\]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)");
  std::smatch match;
  if (format == "uuid") return std::regex_match(text, kUuid);
  if (format == "email") return std::regex_match(text, kEmail);
  if (format == "date") {
    if (!std::regex_match(text, match, kDate)) return false;
    static const int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int month = std::stoi(match[2]);
    const int day = std::stoi(match[3]);
    return month >= 1 && month <= 12 && day >= 1 && day <= kDays[month - 1];
  }
  throw std::runtime_error("no format: " + format);
}

bool fits_object(const json& value,
                 const std::string& keyword,
                 const json& rule,
                 const json& schema,
                 const json& root) {
  if (keyword == "required") {
    return std::ranges::all_of(
        rule, [&](const json& name) { return value.contains(name.get<std::string>()); });
  }
  if (keyword == "properties") {
    return std::ranges::all_of(rule.items(), [&](const auto& property) {
      return !value.contains(property.key()) ||
             fits_schema(value[property.key()], property.value(), root);
    });
  }
  for (const auto& member : value.items()) {
    if (schema.contains("properties") && schema["properties"].contains(member.key())) continue;
    if (!fits_schema(member.value(), rule, root)) return false;
  }
  return true;
}

bool fits_array(const json& value,
                const std::string& keyword,
                const json& rule,
                const json& schema,
                const json& root) {
  if (keyword == "minItems") return value.size() >= rule.get<size_t>();
  if (keyword == "maxItems") return value.size() <= rule.get<size_t>();
  const size_t first = schema.contains("prefixItems") ? schema["prefixItems"].size() : 0;
  for (size_t i = 0; i < value.size(); ++i) {
    if (keyword == "prefixItems" && i < first && !fits_schema(value[i], rule[i], root))
      return false;
    if (keyword == "items" && i >= first && !fits_schema(value[i], rule, root)) return false;
  }
  return true;
}

bool fits_number(double value, const std::string& keyword, double rule) {
  if (keyword == "minimum") return value >= rule;
  if (keyword == "maximum") return value <= rule;
  if (keyword == "exclusiveMinimum") return value > rule;
  if (keyword == "exclusiveMaximum") return value < rule;
  return std::abs(std::remainder(value, rule)) < 1e-9;  // multipleOf
}

bool fits_string(const std::string& value, const std::string& keyword, const json& rule) {
  if (keyword == "minLength") return characters(value) >= rule.get<size_t>();
  if (keyword == "maxLength") return characters(value) <= rule.get<size_t>();
  if (keyword == "format") return is_format(value, rule);
  return std::regex_search(value, std::regex(rule.get<std::string>()));  // pattern
}

bool fits_keyword(const json& value,
                  const std::string& keyword,
                  const json& rule,
                  const json& schema,
                  const json& root) {
  static const std::set<std::string> kObject{"required", "properties", "additionalProperties"};
  static const std::set<std::string> kArray{"minItems", "maxItems", "items", "prefixItems"};
  static const std::set<std::string> kNumber{"minimum", "maximum", "exclusiveMinimum",
                                             "exclusiveMaximum", "multipleOf"};
  static const std::set<std::string> kString{"minLength", "maxLength", "format", "pattern"};
  static const std::set<std::string> kAnnotations{"$defs", "title", "description"};
  const auto fits = [&](const json& other) { return fits_schema(value, other, root); };
  if (kAnnotations.contains(keyword)) return true;
  if (kObject.contains(keyword))
    return !value.is_object() || fits_object(value, keyword, rule, schema, root);
  if (kArray.contains(keyword))
    return !value.is_array() || fits_array(value, keyword, rule, schema, root);
  if (keyword == "multipleOf" && value.is_number_integer() && rule.is_number_integer())
    return value.get<int64_t>() % rule.get<int64_t>() == 0;
  if (kNumber.contains(keyword))
    return !value.is_number() || fits_number(value.get<double>(), keyword, rule.get<double>());
  if (kString.contains(keyword))
    return !value.is_string() || fits_string(value.get<std::string>(), keyword, rule);
  if (keyword == "type" && rule.is_string()) return is_type(value, rule);
  if (keyword == "type")
    return std::ranges::any_of(rule, [&](const json& one) { return is_type(value, one); });
  if (keyword == "enum") return std::ranges::find(rule, value) != rule.end();
  if (keyword == "const") return value == rule;
  if (keyword == "anyOf") return std::ranges::any_of(rule, fits);
  if (keyword == "oneOf") return std::ranges::count_if(rule, fits) == 1;
  if (keyword == "allOf") return std::ranges::all_of(rule, fits);
  if (keyword == "$ref")
    return fits(root.at(json::json_pointer(rule.get<std::string>().substr(1))));
  throw std::runtime_error("no keyword: " + keyword);
}

}  // namespace

bool fits_schema(const json& value, const json& schema, const json& root) {
  if (schema.is_boolean()) return schema.get<bool>();
  return std::ranges::all_of(schema.items(), [&](const auto& member) {
    return fits_keyword(value, member.key(), member.value(), schema, root);
  });
}

}  // namespace suan::engine
