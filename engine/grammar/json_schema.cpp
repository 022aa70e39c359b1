#include "engine/grammar/json_schema.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "engine/grammar/schema_document.h"
#include "engine/grammar/schema_keywords.h"
#include "engine/grammar/schema_scalars.h"

namespace suan::engine {
namespace {

using Kind = JsonNode::Kind;

// A list that is longer is never needed to fit a schema, and each element counted takes states.
constexpr uint32_t kCountedItems = 2000;

class SchemaReader {
 public:
  SchemaReader(JsonNode schema, JsonRules& rules)
      : document_(std::move(schema), rules.draft().budget()),
        rules_(rules),
        draft_(rules.draft()),
        scalars_(rules) {}

  ExprId read() {
    const ExprId root = value(document_.root(), {}, 0);
    // What $ref points to is read one after the other, not inside one another.
    while (!open_.empty()) {
      const Open next = open_.front();
      open_.pop_front();
      draft_.define(next.rule, value(*next.schema, next.place, 0), true);
    }
    return root;
  }

 private:
  struct Open {
    RuleId rule = 0;
    const JsonNode* schema = nullptr;
    SchemaPlace place;
  };

  ExprId value(const JsonNode& schema, const SchemaPlace& place, uint32_t depth) {
    draft_.budget().spend(32);
    if (depth > GrammarLimits::kDepth) {
      throw error_at(
          place, fmt::format("schemas are nested more than {} deep", GrammarLimits::kDepth));
    }
    if (schema.kind == Kind::True) return rules_.value();
    if (schema.kind == Kind::False) return draft_.choice({});
    if (!schema.is_object()) throw error_at(place, "a schema is neither an object nor a bool");
    check_keywords(schema, place);
    if (const JsonNode* ref = schema.find("$ref"); ref != nullptr) {
      if (is_open(without(schema, {"$ref"}))) return reference(*ref, place);
    }
    if (schema.find("$ref") != nullptr || schema.find("allOf") != nullptr) {
      return value(document_.expanded(schema, place), place, depth + 1);
    }
    if (schema.find("oneOf") != nullptr) return alternatives("oneOf", schema, place, depth);
    if (schema.find("anyOf") != nullptr) return alternatives("anyOf", schema, place, depth);
    if (auto values = fixed_values(schema, place)) return one_of(*values, schema, place);
    return value_of_types(schema, types_of(schema, place), place, depth);
  }

  ExprId reference(const JsonNode& ref, const SchemaPlace& place) {
    const JsonNode& target = document_.target_of(ref, place);
    const auto [found, is_new] = references_.try_emplace(&target, 0);
    if (is_new) {
      found->second = draft_.add_rule(ref.text);
      open_.push_back({found->second, &target, {ref.text.substr(1)}});
    }
    return draft_.call(found->second);
  }

  ExprId alternatives(std::string_view keyword,
                      const JsonNode& schema,
                      const SchemaPlace& place,
                      uint32_t depth) {
    const JsonNode& list = *schema.find(keyword);
    if (list.kind != Kind::Array || list.items.empty()) {
      throw error_at(place.below(keyword), fmt::format("{} is no list of schemas", keyword));
    }
    if (keyword == "oneOf") check_disjoint(list, place.below(keyword));
    const JsonNode common = without(schema, {keyword});
    std::vector<ExprId> parts;
    for (size_t i = 0; i < list.items.size(); ++i) {
      const SchemaPlace below = place.below(keyword).below(i);
      if (is_open(common)) {
        parts.push_back(value(list.items[i], below, depth + 1));
      } else {
        const JsonNode branch = document_.expanded(list.items[i], below);
        parts.push_back(value(document_.joined(branch, common, below), below, depth + 1));
      }
    }
    return draft_.choice(std::move(parts));
  }

  void check_disjoint(const JsonNode& list, const SchemaPlace& place) const {
    std::vector<JsonNode> branches;
    for (const JsonNode& branch : list.items)
      branches.push_back(document_.expanded(branch, place));
    for (size_t i = 0; i < branches.size(); ++i) {
      for (size_t j = i + 1; j < branches.size(); ++j) {
        // Both are searched for fixed values, and those compared.
        draft_.budget().spend(100 + count_values(branches[i]) * count_values(branches[j]));
        if (are_disjoint(branches[i], branches[j], document_, place)) continue;
        throw error_at(place,
                       fmt::format("a value may fit both branch {} and {}: use anyOf, or "
                                   "give them different types or a required property "
                                   "with different constants",
                                   i, j));
      }
    }
  }

  ExprId one_of(const std::vector<JsonNode>& values,
                const JsonNode& schema,
                const SchemaPlace& place) {
    for (const auto& [keyword, constraint] : without(schema, {"enum", "const"}).members) {
      if (keyword == "type" || keyword == "nullable" || is_annotation(keyword)) continue;
      throw error_at(place.below(keyword),
                     fmt::format("\"{}\" beside enum or const is not supported", keyword));
    }
    const uint32_t types = types_of(schema, place);
    std::vector<ExprId> parts;
    for (const JsonNode& one : values) {
      if (is_of(types, one)) parts.push_back(draft_.bytes(written(one)));
    }
    return draft_.choice(std::move(parts));
  }

  ExprId value_of_types(const JsonNode& schema,
                        uint32_t types,
                        const SchemaPlace& place,
                        uint32_t depth) {
    if (is_open(schema)) return rules_.value();
    std::vector<ExprId> parts;
    if ((types & SchemaTypes::kObject) != 0) parts.push_back(object(schema, place, depth));
    if ((types & SchemaTypes::kArray) != 0) parts.push_back(array(schema, place, depth));
    if ((types & SchemaTypes::kString) != 0) parts.push_back(scalars_.string(schema, place));
    if ((types & SchemaTypes::kNumber) != 0) {
      parts.push_back(apart(scalars_.number(schema, false, place)));
    } else if ((types & SchemaTypes::kInteger) != 0) {
      parts.push_back(apart(scalars_.number(schema, true, place)));
    }
    if ((types & SchemaTypes::kBoolean) != 0) parts.push_back(rules_.boolean());
    if ((types & SchemaTypes::kNull) != 0) parts.push_back(draft_.bytes("null"));
    return draft_.choice(std::move(parts));
  }

  ExprId object(const JsonNode& schema, const SchemaPlace& place, uint32_t depth) {
    const JsonNode* properties = schema.find("properties");
    const JsonNode* more = schema.find("additionalProperties");
    if (properties != nullptr && !properties->is_object()) {
      throw error_at(place.below("properties"), "properties is no object");
    }
    const std::vector<std::string> required = texts_of(schema, "required", place);
    const std::set<std::string> is_required(required.begin(), required.end());

    std::vector<ExprId> parts;
    std::vector<bool> must_come;
    std::set<std::string> names;
    const auto add = [&](const std::string& name, ExprId inside) {
      parts.push_back(rules_.member(draft_.bytes(json_quoted(name)), inside));
      must_come.push_back(is_required.contains(name));
      names.insert(name);
    };
    if (properties != nullptr) {
      for (const auto& [name, property] : properties->members)
        add(name, value(property, place.below("properties").below(name), depth + 1));
    }
    const bool is_closed = more != nullptr ? more->kind == Kind::False : properties != nullptr;
    for (const std::string& name : required) {
      if (names.contains(name)) continue;
      if (more != nullptr && is_closed) {
        throw error_at(place.below("required"),
                       fmt::format("\"{}\" is required, but not allowed", name));
      }
      add(name, more == nullptr ? rules_.value()
                                : value(*more, place.below("additionalProperties"), depth + 1));
    }
    return object_of(parts, must_come,
                     is_closed ? nullptr : more_members(names, more, place, depth));
  }

  /// The member that may come any number of times, kept in `more_`; null when there is none.
  const ExprId* more_members(const std::set<std::string>& names,
                             const JsonNode* more,
                             const SchemaPlace& place,
                             uint32_t depth) {
    const ExprId inside = more == nullptr
                              ? rules_.value()
                              : value(*more, place.below("additionalProperties"), depth + 1);
    const ExprId name = names.empty() ? rules_.string() : rules_.name_other_than(names);
    more_ = rules_.member(name, inside);
    return &more_;
  }

  ExprId object_of(const std::vector<ExprId>& parts,
                   const std::vector<bool>& required,
                   const ExprId* more) {
    if (parts.empty() && more == nullptr) return rules_.braces(nullptr, true);
    const ExprId members = draft_.members(rules_.comma(), parts, required, more);
    const bool may_be_empty = std::ranges::find(required, true) == required.end();
    return rules_.braces(&members, may_be_empty);
  }

  ExprId array(const JsonNode& schema, const SchemaPlace& place, uint32_t depth) {
    const uint32_t low = count_of(schema, "minItems", place).value_or(0);
    const uint32_t high = count_of(schema, "maxItems", place).value_or(kNoBound);
    if (low > kCountedItems) {
      throw error_at(place.below("minItems"),
                     fmt::format("a minItems of more than {} is not supported", kCountedItems));
    }
    std::vector<ExprId> parts;
    const JsonNode* first = schema.find("prefixItems");
    if (first != nullptr && first->kind != Kind::Array) {
      throw error_at(place.below("prefixItems"), "prefixItems is no list");
    }
    for (size_t i = 0; first != nullptr && i < first->items.size() && i < high; ++i) {
      parts.push_back(value(first->items[i], place.below("prefixItems").below(i), depth + 1));
    }
    // After prefixItems nothing comes unless `items` says so.
    const JsonNode* items = schema.find("items");
    const bool is_closed =
        items != nullptr ? items->kind == Kind::False : first != nullptr && low <= parts.size();
    if (is_closed) return array_of(parts, low, high, nullptr);
    const ExprId item = items == nullptr
                            ? rules_.value()
                            : apart(value(*items, place.below("items"), depth + 1));
    return array_of(parts, low, high, &item);
  }

  ExprId array_of(std::vector<ExprId>& parts, uint32_t low, uint32_t high, const ExprId* item) {
    if (low > high || (item == nullptr && low > parts.size())) return draft_.choice({});
    if (high == 0 || (item == nullptr && parts.empty())) return rules_.brackets(nullptr, true);
    if (item != nullptr) {
      const size_t counted =
          high == kNoBound ? low : std::max<size_t>(low, std::min(high, kCountedItems));
      while (parts.size() < counted)
        parts.push_back(*item);
    }
    const bool has_more = item != nullptr && high == kNoBound;
    const ExprId elements =
        draft_.elements(rules_.comma(), parts, low, has_more ? item : nullptr);
    return rules_.brackets(&elements, low == 0);
  }

  /// As a rule of its own, since lists repeat it.
  ExprId apart(ExprId body) {
    const Expr::Kind kind = draft_.exprs()[body].kind;
    if (kind == Expr::Kind::Rule || kind == Expr::Kind::Bytes) return body;
    const RuleId rule = draft_.add_rule("item");
    draft_.define(rule, body, true);
    return draft_.call(rule);
  }

  SchemaDocument document_;
  JsonRules& rules_;
  Draft& draft_;
  SchemaScalars scalars_;
  ExprId more_ = 0;
  std::map<const JsonNode*, RuleId> references_;
  std::deque<Open> open_;
};

}  // namespace

ExprId read_json_schema(std::string_view schema, JsonRules& rules) {
  return SchemaReader(read_json(schema, rules.draft().budget()), rules).read();
}

}  // namespace suan::engine
