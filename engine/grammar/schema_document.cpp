#include "engine/grammar/schema_document.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "engine/grammar/number_text.h"

namespace suan::engine {
namespace {

using Kind = JsonNode::Kind;

constexpr uint32_t kExpansionsMax = 64;

constexpr std::array<std::string_view, 17> kAnnotations{
    "title",         "description", "default",     "examples",         "example",
    "deprecated",    "readOnly",    "writeOnly",   "$schema",          "$comment",
    "$id",           "$defs",       "definitions", "contentMediaType", "contentEncoding",
    "discriminator", "externalDocs"};

JsonNode text_list(std::vector<std::string> texts) {
  JsonNode list{.kind = Kind::Array};
  for (std::string& text : texts)
    list.items.push_back({.kind = Kind::Text, .text = std::move(text)});
  return list;
}

std::vector<std::string> texts_of(const JsonNode& node) {
  std::vector<std::string> texts;
  if (node.is_text()) texts.push_back(node.text);
  for (const JsonNode& item : node.items)
    texts.push_back(item.text);
  return texts;
}

bool holds(const std::vector<std::string>& texts, std::string_view text) {
  return std::ranges::find(texts, text) != texts.end();
}

JsonNode joined_types(const JsonNode& a, const JsonNode& b) {
  const std::vector<std::string> first = texts_of(a);
  const std::vector<std::string> second = texts_of(b);
  std::vector<std::string> both;
  for (const std::string& type : first) {
    if (holds(second, type) || (type == "integer" && holds(second, "number"))) {
      both.push_back(type);
    } else if (type == "number" && holds(second, "integer")) {
      both.emplace_back("integer");
    }
  }
  return text_list(std::move(both));
}

JsonNode both_of(JsonNode a, JsonNode b) {
  JsonNode list{.kind = Kind::Array};
  list.items.push_back(std::move(a));
  list.items.push_back(std::move(b));
  JsonNode schema{.kind = Kind::Object};
  schema.members.emplace_back("allOf", std::move(list));
  return schema;
}

JsonNode& member_of(JsonNode& node, std::string_view name) {
  return std::ranges::find_if(node.members, [&](const auto& one) { return one.first == name; })
      ->second;
}

/// Properties of `b` are added to `a`'s; those of both must fit both.
void join_properties(JsonNode& a, const JsonNode& b) {
  for (const auto& [name, schema] : b.members) {
    if (a.find(name) == nullptr) {
      a.members.emplace_back(name, schema);
      continue;
    }
    JsonNode& known = member_of(a, name);
    if (known != schema) known = both_of(std::move(known), schema);
  }
}

void join_lists(JsonNode& a, const JsonNode& b) {
  for (const JsonNode& item : b.items) {
    if (std::ranges::find(a.items, item) == a.items.end()) a.items.push_back(item);
  }
}

bool is_upper_bound(std::string_view keyword) {
  return keyword == "maximum" || keyword == "exclusiveMaximum" || keyword == "maxLength" ||
         keyword == "maxItems";
}

bool is_lower_bound(std::string_view keyword) {
  return keyword == "minimum" || keyword == "exclusiveMinimum" || keyword == "minLength" ||
         keyword == "minItems";
}

bool is_false(const JsonNode* node) {
  return node != nullptr && node->kind == Kind::False;
}

/// Where one of the two closes its objects, names that only the other knows do not exist.
void close_properties(JsonNode& open, const JsonNode& closed, const SchemaPlace& place) {
  JsonNode* properties = nullptr;
  for (auto& [name, value] : open.members) {
    if (name == "properties") properties = &value;
  }
  const JsonNode* allowed = closed.find("properties");
  const auto is_unknown = [&](const auto& property) {
    return allowed == nullptr || allowed->find(property.first) == nullptr;
  };
  if (properties != nullptr) std::erase_if(properties->members, is_unknown);
  const JsonNode* required = open.find("required");
  if (required == nullptr) return;
  for (const std::string& name : texts_of(*required)) {
    if (allowed == nullptr || allowed->find(name) == nullptr) {
      throw error_at(place, fmt::format("\"{}\" is required, but not allowed", name));
    }
  }
}

}  // namespace

bool is_annotation(std::string_view keyword) {
  return keyword.starts_with("x-") ||
         std::ranges::find(kAnnotations, keyword) != kAnnotations.end();
}

bool is_open(const JsonNode& schema) {
  if (schema.kind == Kind::True) return true;
  return schema.is_object() && std::ranges::all_of(schema.members, [](const auto& member) {
           return is_annotation(member.first);
         });
}

JsonNode without(const JsonNode& schema, std::initializer_list<std::string_view> keywords) {
  JsonNode rest{.kind = Kind::Object};
  for (const auto& [keyword, value] : schema.members) {
    if (std::ranges::find(keywords, keyword) == keywords.end()) {
      rest.members.emplace_back(keyword, value);
    }
  }
  return rest;
}

SchemaDocument::SchemaDocument(JsonNode root, CompileBudget& budget)
    : root_(std::move(root)), budget_(budget) {}

const JsonNode& SchemaDocument::target_of(const JsonNode& ref, const SchemaPlace& place) const {
  if (!ref.is_text()) throw error_at(place, "$ref is no text");
  std::string_view text = ref.text;
  const auto unknown = [&] {
    return error_at(place, fmt::format("$ref \"{}\" points to nothing in this schema; only "
                                       "\"#\" and \"#/...\" are followed",
                                       ref.text));
  };
  if (!text.starts_with('#')) throw unknown();
  text.remove_prefix(1);
  const JsonNode* node = &root_;
  while (!text.empty()) {
    if (!text.starts_with('/')) throw unknown();
    text.remove_prefix(1);
    const size_t size = std::min(text.find('/'), text.size());
    const std::string part = unescaped(text.substr(0, size));
    text.remove_prefix(size);
    if (node->kind == Kind::Array) {
      size_t index = node->items.size();
      const auto result = std::from_chars(part.data(), part.data() + part.size(), index);
      if (result.ptr != part.data() + part.size() || index >= node->items.size()) {
        throw unknown();
      }
      node = &node->items[index];
    } else {
      node = node->find(part);
      if (node == nullptr) throw unknown();
    }
  }
  return *node;
}

JsonNode SchemaDocument::expanded(const JsonNode& schema, const SchemaPlace& place) const {
  uint32_t steps = 0;
  return expanded(schema, place, steps);
}

JsonNode SchemaDocument::expanded(const JsonNode& schema,
                                  const SchemaPlace& place,
                                  uint32_t& steps) const {
  const uint64_t values = count_values(schema);
  budget_.spend(16 * values);
  if (!schema.is_object()) return schema;
  const JsonNode* ref = schema.find("$ref");
  const JsonNode* all = schema.find("allOf");
  if (ref == nullptr && all == nullptr) return schema;
  if (++steps > kExpansionsMax) {
    throw error_at(place, "$ref and allOf lead in circles, or too far");
  }

  JsonNode whole = without(schema, {"$ref", "allOf"});
  if (ref != nullptr) {
    whole = joined(expanded(target_of(*ref, place.below("$ref")), place, steps), whole, place);
  }
  if (all == nullptr) return whole;
  if (all->kind != Kind::Array) throw error_at(place.below("allOf"), "allOf is no list");
  for (const JsonNode& part : all->items)
    whole = joined(whole, expanded(part, place.below("allOf"), steps), place);
  return whole;
}

JsonNode SchemaDocument::joined(const JsonNode& a,
                                const JsonNode& b,
                                const SchemaPlace& place) const {
  budget_.spend(16 * (count_values(a) + count_values(b)));
  if (is_open(a)) return b;
  if (is_open(b)) return a;
  if (!a.is_object() || !b.is_object()) return {.kind = Kind::False};
  JsonNode whole = a;
  JsonNode other = b;
  // Before the names are joined: each side's additionalProperties is about its own.
  if (is_false(a.find("additionalProperties"))) close_properties(other, a, place);
  if (is_false(b.find("additionalProperties"))) close_properties(whole, b, place);
  for (const auto& [keyword, value] : other.members)
    join_member(whole, keyword, value, place);
  return whole;
}

void SchemaDocument::join_member(JsonNode& into,
                                 const std::string& keyword,
                                 const JsonNode& value,
                                 const SchemaPlace& place) const {
  const JsonNode* known = into.find(keyword);
  const bool mixes_items = (keyword == "items" && into.find("prefixItems") != nullptr) ||
                           (keyword == "prefixItems" && into.find("items") != nullptr);
  if (mixes_items && (known == nullptr || *known != value)) {
    throw error_at(place, "items and prefixItems of different schemas cannot be joined");
  }
  if (known == nullptr) {
    into.members.emplace_back(keyword, value);
    return;
  }
  if (*known == value || is_annotation(keyword)) return;
  JsonNode& own = member_of(into, keyword);
  budget_.spend((own.items.size() + own.members.size()) *
                (value.items.size() + value.members.size()));
  if (keyword == "type") {
    own = joined_types(own, value);
  } else if (keyword == "properties" && own.is_object() && value.is_object()) {
    join_properties(own, value);
  } else if (keyword == "required") {
    join_lists(own, value);
  } else if (keyword == "enum") {
    std::erase_if(own.items, [&](const JsonNode& item) {
      return std::ranges::find(value.items, item) == value.items.end();
    });
  } else if (keyword == "items" || keyword == "additionalProperties") {
    own = both_of(own, value);
  } else if ((is_upper_bound(keyword) || is_lower_bound(keyword)) && own.kind == Kind::Number &&
             value.kind == Kind::Number) {
    const int order = compare(read_decimal(value.text), read_decimal(own.text));
    if (is_upper_bound(keyword) ? order < 0 : order > 0) own = value;
  } else if (keyword == "nullable") {
    own = {.kind = Kind::False};
  } else {
    throw error_at(place, fmt::format("two different \"{}\" cannot be joined", keyword));
  }
}

}  // namespace suan::engine
