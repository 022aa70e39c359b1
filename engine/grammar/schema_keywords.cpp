#include "engine/grammar/schema_keywords.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace suan::engine {
namespace {

using Kind = JsonNode::Kind;

struct Keyword {
  std::string_view name;
  uint32_t types;  // of values that it is about; 0: all
};

constexpr std::array<Keyword, 25> kKeywords{{{"type", 0},
                                             {"enum", 0},
                                             {"const", 0},
                                             {"anyOf", 0},
                                             {"oneOf", 0},
                                             {"allOf", 0},
                                             {"$ref", 0},
                                             {"nullable", 0},
                                             {"properties", SchemaTypes::kObject},
                                             {"required", SchemaTypes::kObject},
                                             {"additionalProperties", SchemaTypes::kObject},
                                             {"items", SchemaTypes::kArray},
                                             {"prefixItems", SchemaTypes::kArray},
                                             {"minItems", SchemaTypes::kArray},
                                             {"maxItems", SchemaTypes::kArray},
                                             {"uniqueItems", SchemaTypes::kArray},
                                             {"pattern", SchemaTypes::kString},
                                             {"format", SchemaTypes::kString},
                                             {"minLength", SchemaTypes::kString},
                                             {"maxLength", SchemaTypes::kString},
                                             {"minimum", SchemaTypes::kNumber},
                                             {"maximum", SchemaTypes::kNumber},
                                             {"exclusiveMinimum", SchemaTypes::kNumber},
                                             {"exclusiveMaximum", SchemaTypes::kNumber},
                                             {"multipleOf", SchemaTypes::kNumber}}};

uint32_t type_of_name(std::string_view name, const SchemaPlace& place) {
  constexpr std::array<std::pair<std::string_view, uint32_t>, 7> kTypes{
      {{"null", SchemaTypes::kNull},
       {"boolean", SchemaTypes::kBoolean},
       {"integer", SchemaTypes::kInteger},
       {"number", SchemaTypes::kNumber},
       {"string", SchemaTypes::kString},
       {"array", SchemaTypes::kArray},
       {"object", SchemaTypes::kObject}}};
  for (const auto& [known, type] : kTypes) {
    if (known == name) return type;
  }
  throw error_at(place.below("type"), fmt::format("the type \"{}\" is unknown", name));
}

uint32_t types_of_keywords(const JsonNode& schema) {
  uint32_t types = 0;
  for (const auto& [name, value] : schema.members) {
    const auto known = std::ranges::find(kKeywords, name, &Keyword::name);
    if (known != kKeywords.end()) types |= known->types;
  }
  return types == 0 ? SchemaTypes::kAll : types;
}

bool is_whole_number(const JsonNode& value) {
  return value.kind == Kind::Number && read_decimal(value.text).fraction.empty();
}

bool overlap(uint32_t a, uint32_t b) {
  // A whole number is a number.
  if ((a & SchemaTypes::kNumber) != 0) a |= SchemaTypes::kInteger;
  if ((b & SchemaTypes::kNumber) != 0) b |= SchemaTypes::kInteger;
  return (a & b) != 0;
}

bool share_value(const std::vector<JsonNode>& a, const std::vector<JsonNode>& b) {
  return std::ranges::any_of(
      a, [&](const JsonNode& value) { return std::ranges::find(b, value) != b.end(); });
}

bool have_disjoint_values(const JsonNode& a, const JsonNode& b, const SchemaPlace& place) {
  const auto first = fixed_values(a, place);
  const auto second = fixed_values(b, place);
  return first && second && !share_value(*first, *second);
}

std::optional<NumberRange::Bound> bound_of(const JsonNode& schema,
                                           std::string_view inclusive,
                                           std::string_view exclusive,
                                           bool is_low,
                                           const SchemaPlace& place) {
  std::optional<NumberRange::Bound> bound;
  for (const bool is_exclusive : {false, true}) {
    const std::string_view keyword = is_exclusive ? exclusive : inclusive;
    const JsonNode* node = schema.find(keyword);
    if (node == nullptr) continue;
    if (node->kind != Kind::Number) {
      throw error_at(place.below(keyword), fmt::format("{} is no number", keyword));
    }
    const Decimal value = read_decimal(node->text);
    const int order = bound ? compare(value, bound->value) : 0;
    const bool is_tighter = is_low ? order >= 0 : order <= 0;
    if (!bound || is_tighter) bound = {value, is_exclusive};
  }
  return bound;
}

}  // namespace

uint32_t types_of(const JsonNode& schema, const SchemaPlace& place) {
  if (!schema.is_object()) return schema.kind == Kind::True ? SchemaTypes::kAll : 0;
  uint32_t types = 0;
  const JsonNode* type = schema.find("type");
  if (type == nullptr) return types_of_keywords(schema);
  if (type->is_text()) {
    types = type_of_name(type->text, place);
  } else if (type->kind == Kind::Array) {
    for (const JsonNode& item : type->items) {
      if (!item.is_text()) throw error_at(place.below("type"), "a type is no text");
      types |= type_of_name(item.text, place);
    }
  } else {
    throw error_at(place.below("type"), "type is neither a text nor a list");
  }
  const JsonNode* nullable = schema.find("nullable");
  if (nullable != nullptr && nullable->kind == Kind::True) types |= SchemaTypes::kNull;
  return types;
}

bool is_of(uint32_t types, const JsonNode& value) {
  switch (value.kind) {
    case Kind::Null:
      return (types & SchemaTypes::kNull) != 0;
    case Kind::False:
    case Kind::True:
      return (types & SchemaTypes::kBoolean) != 0;
    case Kind::Number:
      return (types & SchemaTypes::kNumber) != 0 ||
             ((types & SchemaTypes::kInteger) != 0 && is_whole_number(value));
    case Kind::Text:
      return (types & SchemaTypes::kString) != 0;
    case Kind::Array:
      return (types & SchemaTypes::kArray) != 0;
    case Kind::Object:
      return (types & SchemaTypes::kObject) != 0;
  }
  return false;
}

void check_keywords(const JsonNode& schema, const SchemaPlace& place) {
  for (const auto& [name, value] : schema.members) {
    if (is_annotation(name)) continue;
    if (std::ranges::find(kKeywords, name, &Keyword::name) == kKeywords.end()) {
      throw error_at(place.below(name), fmt::format("\"{}\" is not supported", name));
    }
    if (name == "uniqueItems" && value.kind != Kind::False) {
      throw error_at(place.below(name), "\"uniqueItems\" is not supported");
    }
  }
}

std::optional<uint32_t> count_of(const JsonNode& schema,
                                 std::string_view keyword,
                                 const SchemaPlace& place) {
  const JsonNode* node = schema.find(keyword);
  if (node == nullptr) return std::nullopt;
  constexpr size_t kDigitsMax = 9;
  if (node->kind == Kind::Number) {
    const Decimal value = read_decimal(node->text);
    if (!value.is_negative && value.fraction.empty() && value.whole.size() <= kDigitsMax) {
      return static_cast<uint32_t>(std::stoul(value.whole));
    }
  }
  throw error_at(place.below(keyword),
                 fmt::format("{} is no whole number from 0 to 999999999", keyword));
}

std::vector<std::string> texts_of(const JsonNode& schema,
                                  std::string_view keyword,
                                  const SchemaPlace& place) {
  std::vector<std::string> texts;
  const JsonNode* node = schema.find(keyword);
  if (node == nullptr) return texts;
  const bool are_texts =
      node->kind == Kind::Array && std::ranges::all_of(node->items, &JsonNode::is_text);
  if (!are_texts)
    throw error_at(place.below(keyword), fmt::format("{} is no list of texts", keyword));
  for (const JsonNode& item : node->items)
    texts.push_back(item.text);
  return texts;
}

NumberRange range_of(const JsonNode& schema, bool is_whole, const SchemaPlace& place) {
  NumberRange range;
  range.is_whole = is_whole;
  range.low = bound_of(schema, "minimum", "exclusiveMinimum", true, place);
  range.high = bound_of(schema, "maximum", "exclusiveMaximum", false, place);
  const JsonNode* multiple = schema.find("multipleOf");
  if (multiple == nullptr) return range;
  if (multiple->kind != Kind::Number) {
    throw error_at(place.below("multipleOf"), "multipleOf is no number");
  }
  range.multiple_of = read_decimal(multiple->text);
  return range;
}

std::optional<std::vector<JsonNode>> fixed_values(const JsonNode& schema,
                                                  const SchemaPlace& place) {
  const JsonNode* constant = schema.find("const");
  const JsonNode* list = schema.find("enum");
  if (constant == nullptr && list == nullptr) return std::nullopt;
  if (list != nullptr && list->kind != Kind::Array) {
    throw error_at(place.below("enum"), "enum is no list");
  }
  if (constant == nullptr) return list->items;
  const bool is_allowed =
      list == nullptr || std::ranges::find(list->items, *constant) != list->items.end();
  return is_allowed ? std::vector<JsonNode>{*constant} : std::vector<JsonNode>{};
}

bool are_disjoint(const JsonNode& a,
                  const JsonNode& b,
                  const SchemaDocument& document,
                  const SchemaPlace& place) {
  if (!a.is_object() || !b.is_object()) return false;
  const bool have_types = a.find("type") != nullptr && b.find("type") != nullptr;
  if (have_types && !overlap(types_of(a, place), types_of(b, place))) return true;
  if (have_disjoint_values(a, b, place)) return true;

  const JsonNode* properties = a.find("properties");
  const JsonNode* others = b.find("properties");
  if (!have_types || properties == nullptr || others == nullptr) return false;
  const std::vector<std::string> required = texts_of(a, "required", place);
  const std::vector<std::string> also = texts_of(b, "required", place);
  return std::ranges::any_of(required, [&](const std::string& name) {
    const JsonNode* one = properties->find(name);
    const JsonNode* other = others->find(name);
    if (std::ranges::find(also, name) == also.end()) return false;
    if (one == nullptr || other == nullptr) return false;
    return have_disjoint_values(document.expanded(*one, place),
                                document.expanded(*other, place), place);
  });
}

}  // namespace suan::engine
