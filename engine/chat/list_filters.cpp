#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/chat/template_functions.h"
#include "engine/chat/text_pieces.h"

// `list | name(...)`: the filters that go through items.

namespace suan::engine::jinja {

[[nodiscard]] TemplateFunction find_list_filter(std::string_view name);

namespace {

using Call = TemplateCall;
using Budget = TemplateBudget;

const std::vector<Value>& each(std::shared_ptr<const List>& kept,
                               const Value& value,
                               Budget& budget) {
  kept = items_of(value, budget);
  budget.charge(kept->size());
  return kept->items();
}

/// `"a.b.0"`, as `attribute=` may say.
Value attribute_at(Value value, std::string_view path, Budget& budget) {
  while (true) {
    const size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    budget.charge();
    const bool is_number =
        !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
    if (is_number && name.size() < 10) {
      value = item_of(value, {int64_t{std::stoi(std::string(name))}}, budget);
    } else {
      value = attribute_of(value, name, budget);
    }
    if (dot == std::string_view::npos) return value;
    path.remove_prefix(dot + 1);
  }
}

/// What a named argument `attribute` chooses of an item; the item itself without one.
Value part_of(const Value& item, const Call& call, Budget& budget) {
  if (call.find(99, "attribute") == nullptr) return item;
  return attribute_at(item, call.text(99, "attribute").text, budget);
}

Value to_list(const Value& value, const Call&, Budget& budget) {
  return {items_of(value, budget)};
}

Value first(const Value& value, const Call&, Budget& budget) {
  const auto items = items_of(value, budget);
  return items->size() == 0 ? Value() : items->items().front();
}

Value last(const Value& value, const Call&, Budget& budget) {
  const auto items = items_of(value, budget);
  return items->size() == 0 ? Value() : items->items().back();
}

Value reverse(const Value& value, const Call&, Budget& budget) {
  std::shared_ptr<const List> kept;
  std::vector<Value> items = each(kept, value, budget);
  std::reverse(items.begin(), items.end());
  if (value.text() == nullptr) return Value::of(std::move(items));
  MarkedText text;
  for (const Value& item : items)
    append(text, *item.text());
  return Value::of(std::move(text));
}

Value join(const Value& value, const Call& call, Budget& budget) {
  MarkedText separator;
  if (call.find(0, "d") != nullptr) separator = call.text(0, "d");
  MarkedText out;
  std::shared_ptr<const List> kept;
  bool is_first = true;
  for (const Value& item : each(kept, value, budget)) {
    if (!std::exchange(is_first, false)) append(out, separator);
    append(out, text_of(part_of(item, call, budget), budget));
    budget.charge_bytes(separator.text.size());
    if (out.text.size() > budget.limits().output_bytes) budget.charge_bytes(out.text.size());
  }
  budget.charge_bytes(out.text.size());
  return Value::of(std::move(out));
}

/// `map(attribute='name')`, or `map('filter', arguments...)`.
Value map(const Value& value, const Call& call, Budget& budget) {
  TemplateFunction filter = nullptr;
  Call rest;
  const Value* fallback = call.find(99, "default");
  if (call.find(99, "attribute") == nullptr) {
    filter = find_filter(call.text(0, "filter").text);
    // Not itself: it could go on as deep as it has arguments.
    const bool is_fine = filter != nullptr && filter != map;
    if (!is_fine) fail_template("map names a filter that is not supported");
    rest = {{call.positional.begin() + 1, call.positional.end()}, call.named};
  }
  std::vector<Value> found;
  std::shared_ptr<const List> kept;
  for (const Value& item : each(kept, value, budget)) {
    Value one = filter != nullptr ? filter(item, rest, budget) : part_of(item, call, budget);
    if (fallback != nullptr && one.is<Undefined>()) one = *fallback;
    found.push_back(std::move(one));
  }
  return Value::of(std::move(found));
}

/// The items, or those with an attribute, for which a test says `wanted`.
template <bool by_attribute, bool wanted>
Value select(const Value& value, const Call& call, Budget& budget) {
  constexpr size_t kTestAt = by_attribute ? 1 : 0;
  const TemplateTest* test = nullptr;
  Call rest;
  if (call.find(kTestAt, "test") != nullptr) {
    test = find_test(call.text(kTestAt, "test").text);
    if (test == nullptr) fail_template("a test that is not supported");
    const auto begin = call.positional.begin() + kTestAt + 1;
    rest.positional = {begin, call.positional.end()};
    if (test->has_argument && rest.positional.empty()) fail_template("a test needs a value");
  }
  std::vector<Value> found;
  std::shared_ptr<const List> kept;
  for (const Value& item : each(kept, value, budget)) {
    Value part = item;
    if (by_attribute) part = attribute_at(item, call.text(0, "attribute").text, budget);
    const bool is_so = test == nullptr ? is_true(part) : test->check(part, rest, budget);
    if (is_so == wanted) found.push_back(item);
  }
  return Value::of(std::move(found));
}

Value sort(const Value& value, const Call& call, Budget& budget) {
  std::shared_ptr<const List> kept;
  std::vector<std::pair<Value, Value>> keyed;
  for (const Value& item : each(kept, value, budget))
    keyed.emplace_back(part_of(item, call, budget), item);
  const bool is_down = call.truth(0, "reverse", false);
  std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    const int order = compare(a.first, b.first, budget);
    return is_down ? order > 0 : order < 0;
  });
  std::vector<Value> items;
  items.reserve(keyed.size());
  for (auto& entry : keyed)
    items.push_back(std::move(entry.second));
  return Value::of(std::move(items));
}

Value sort_dict(const Value& value, const Call& call, Budget& budget) {
  const Value pairs = find_method("items")(value, {}, budget);
  Call by_key;
  by_key.named.emplace_back("attribute", Value::given("0"));
  by_key.named.emplace_back("reverse", Value(Value::Data(call.truth(99, "reverse", false))));
  return sort(pairs, by_key, budget);
}

Value unique(const Value& value, const Call& call, Budget& budget) {
  std::shared_ptr<const List> kept;
  std::vector<Value> items;
  for (const Value& item : each(kept, value, budget)) {
    const Value part = part_of(item, call, budget);
    const bool is_there = std::any_of(items.begin(), items.end(), [&](const Value& one) {
      return are_equal(part_of(one, call, budget), part, budget);
    });
    if (!is_there) items.push_back(item);
  }
  return Value::of(std::move(items));
}

template <bool wants_largest>
Value extreme(const Value& value, const Call& call, Budget& budget) {
  std::shared_ptr<const List> kept;
  const Value* best = nullptr;
  for (const Value& item : each(kept, value, budget)) {
    if (best != nullptr) {
      const int order =
          compare(part_of(item, call, budget), part_of(*best, call, budget), budget);
      if (wants_largest ? order <= 0 : order >= 0) continue;
    }
    best = &item;
  }
  return best == nullptr ? Value() : *best;
}

Value sum(const Value& value, const Call& call, Budget& budget) {
  std::shared_ptr<const List> kept;
  int64_t whole = 0;
  double real = 0;
  bool is_real = false;
  for (const Value& item : each(kept, value, budget)) {
    const Value part = part_of(item, call, budget);
    if (!part.is_number()) fail_template("a {} is no number", kind_of(part));
    if (const auto* fraction = part.get<double>()) {
      is_real = true;
      real += *fraction;
      continue;
    }
    const int64_t number = part.is<bool>() ? int64_t{*part.get<bool>()} : *part.get<int64_t>();
    if (__builtin_add_overflow(whole, number, &whole)) fail_template("a sum is too large");
  }
  if (!is_real) return {whole};
  return {real + static_cast<double>(whole)};
}

const std::unordered_map<std::string_view, TemplateFunction> kListFilters = {
    {"dictsort", sort_dict},
    {"first", first},
    {"join", join},
    {"last", last},
    {"list", to_list},
    {"map", map},
    {"max", extreme<true>},
    {"min", extreme<false>},
    {"reject", select<false, false>},
    {"rejectattr", select<true, false>},
    {"reverse", reverse},
    {"select", select<false, true>},
    {"selectattr", select<true, true>},
    {"sort", sort},
    {"sum", sum},
    {"unique", unique},
};

}  // namespace

TemplateFunction find_list_filter(std::string_view name) {
  const auto found = kListFilters.find(name);
  return found == kListFilters.end() ? nullptr : found->second;
}

}  // namespace suan::engine::jinja
