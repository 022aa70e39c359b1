#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/chat/template_functions.h"
#include "engine/chat/template_strings.h"
#include "engine/chat/text_methods.h"
#include "engine/chat/text_pieces.h"

// `value.name(...)`: the methods that templates may call.

namespace suan::engine::jinja {

namespace {

using Call = TemplateCall;
using Budget = TemplateBudget;

const MarkedText& text_in(const Value& value, Budget& budget) {
  if (value.text() == nullptr) fail_template("a {} has no such method", kind_of(value));
  budget.charge_bytes(value.text()->text.size());
  return *value.text();
}

const Dict& dict_in(const Value& value, Budget& budget) {
  if (value.dict() == nullptr) fail_template("a {} has no such method", kind_of(value));
  budget.charge(value.dict()->entries().size());
  return *value.dict();
}

std::optional<std::string_view> text_or_none(const Call& call,
                                             size_t place,
                                             std::string_view name) {
  const Value* value = call.find(place, name);
  if (value == nullptr || value->is<None>()) return std::nullopt;
  return call.text(place, name).text;
}

Value list_of(std::vector<MarkedText> parts, Budget& budget) {
  budget.charge(parts.size());
  std::vector<Value> items;
  items.reserve(parts.size());
  for (MarkedText& part : parts)
    items.push_back(Value::of(std::move(part)));
  return Value::of(std::move(items));
}

template <TextEnd end>
Value strip(const Value& value, const Call& call, Budget& budget) {
  return Value::of(stripped(text_in(value, budget), end, text_or_none(call, 0, "chars")));
}

template <TextEnd from>
Value split_text(const Value& value, const Call& call, Budget& budget) {
  const auto separator = text_or_none(call, 0, "sep");
  if (separator && separator->empty()) fail_template("split needs a separator");
  const int64_t most = call.whole(1, "maxsplit", -1);
  return list_of(split(text_in(value, budget), separator, most, from), budget);
}

Value split_into_lines(const Value& value, const Call&, Budget& budget) {
  return list_of(split_lines(text_in(value, budget)), budget);
}

/// The argument may be several texts, one of which will do.
template <bool at_start>
Value has_affix(const Value& value, const Call& call, Budget& budget) {
  const std::string& text = text_in(value, budget).text;
  const auto fits = [&](const Value& affix) {
    if (affix.text() == nullptr) fail_template("a {} is no text", kind_of(affix));
    const std::string& part = affix.text()->text;
    budget.charge_bytes(part.size());
    return at_start ? text.starts_with(part) : text.ends_with(part);
  };
  const Value* affix = call.find(0, "prefix");
  if (affix == nullptr) fail_template("the argument is missing");
  const List* several = affix->list();
  if (several == nullptr) return {fits(*affix)};
  return {std::any_of(several->items().begin(), several->items().end(), fits)};
}

template <bool at_start>
Value without_affix(const Value& value, const Call& call, Budget& budget) {
  const MarkedText& text = text_in(value, budget);
  const std::string& part = call.text(0, "prefix").text;
  const bool is_there = at_start ? text.text.starts_with(part) : text.text.ends_with(part);
  if (!is_there) return value;
  return Value::of(slice(text, at_start ? part.size() : 0, text.text.size() - part.size()));
}

template <std::string (*change)(std::string_view)>
Value change_case(const Value& value, const Call&, Budget& budget) {
  const MarkedText& text = text_in(value, budget);
  return Value::of(changed_text(text, change(text.text)));
}

Value replace(const Value& value, const Call& call, Budget& budget) {
  return Value::of(replaced(text_in(value, budget), call.text(0, "old").text,
                            call.text(1, "new"), call.whole(2, "count", -1), budget));
}

Value find_text(const Value& value, const Call& call, Budget& budget) {
  const std::string& text = text_in(value, budget).text;
  const size_t place = find_part(text, call.text(0, "sub").text);
  if (place == std::string::npos) return {int64_t{-1}};
  return {static_cast<int64_t>(character_count(std::string_view(text).substr(0, place)))};
}

Value find_last_text(const Value& value, const Call& call, Budget& budget) {
  const MarkedText& text = text_in(value, budget);
  const std::string& part = call.text(0, "sub").text;
  if (part.empty()) return {static_cast<int64_t>(character_count(text.text))};
  const std::vector<MarkedText> parts = split(text, part, 1, TextEnd::Right);
  if (parts.size() == 1) return {int64_t{-1}};
  return {static_cast<int64_t>(character_count(parts.front().text))};
}

Value count(const Value& value, const Call& call, Budget& budget) {
  if (const List* list = value.list()) {
    const Value* item = call.find(0, "value");
    if (item == nullptr) fail_template("the argument is missing");
    const auto same = [&](const Value& one) { return are_equal(one, *item, budget); };
    return {int64_t{std::count_if(list->items().begin(), list->items().end(), same)}};
  }
  const MarkedText& text = text_in(value, budget);
  const std::string& part = call.text(0, "sub").text;
  if (part.empty()) return {static_cast<int64_t>(character_count(text.text) + 1)};
  return {static_cast<int64_t>(split(text, part, -1, TextEnd::Left).size() - 1)};
}

Value join(const Value& value, const Call& call, Budget& budget) {
  const MarkedText& separator = text_in(value, budget);
  const Value* list = call.find(0, "iterable");
  if (list == nullptr) fail_template("the argument is missing");
  return find_filter("join")(*list, {{Value::of(separator)}, {}}, budget);
}

template <bool (*fits)(char)>
Value is_all(const Value& value, const Call&, Budget& budget) {
  const std::string& text = text_in(value, budget).text;
  return {!text.empty() && std::all_of(text.begin(), text.end(), fits)};
}

bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

bool is_letter(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         static_cast<unsigned char>(byte) >= 0x80;
}

bool is_digit_or_letter(char byte) {
  return is_digit(byte) || is_letter(byte);
}

bool is_blank(char byte) {
  return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

Value items(const Value& value, const Call&, Budget& budget) {
  std::vector<Value> pairs;
  for (const auto& [key, item] : dict_in(value, budget).entries())
    pairs.push_back(Value::of(std::vector<Value>{Value::given(key), item}));
  return Value::of(std::move(pairs));
}

Value keys(const Value& value, const Call&, Budget& budget) {
  dict_in(value, budget);
  return {items_of(value, budget)};
}

Value values(const Value& value, const Call&, Budget& budget) {
  std::vector<Value> found;
  for (const auto& entry : dict_in(value, budget).entries())
    found.push_back(entry.second);
  return Value::of(std::move(found));
}

Value get(const Value& value, const Call& call, Budget& budget) {
  if (value.dict() == nullptr) fail_template("a {} has no method get", kind_of(value));
  budget.charge_bytes(call.text(0, "key").text.size());
  const Value* found = value.dict()->find(call.text(0, "key").text);
  if (found != nullptr) return *found;
  const Value* fallback = call.find(1, "default");
  return fallback == nullptr ? Value(Value::Data(None{})) : *fallback;
}

/// `loop.cycle(a, b)`
Value cycle(const Value& value, const Call& call, Budget&) {
  const auto* loop = value.get<std::shared_ptr<const LoopState>>();
  if (loop == nullptr || call.positional.empty()) {
    fail_template("cycle is for loops, and needs values");
  }
  return call.positional[(*loop)->index() % call.positional.size()];
}

const std::unordered_map<std::string_view, TemplateFunction> kMethods = {
    {"strip", strip<TextEnd::Both>},
    {"lstrip", strip<TextEnd::Left>},
    {"rstrip", strip<TextEnd::Right>},
    {"split", split_text<TextEnd::Left>},
    {"rsplit", split_text<TextEnd::Right>},
    {"splitlines", split_into_lines},
    {"startswith", has_affix<true>},
    {"endswith", has_affix<false>},
    {"removeprefix", without_affix<true>},
    {"removesuffix", without_affix<false>},
    {"upper", change_case<upper_case>},
    {"lower", change_case<lower_case>},
    {"title", change_case<title_case>},
    {"capitalize", change_case<capitalized>},
    {"replace", replace},
    {"find", find_text},
    {"rfind", find_last_text},
    {"count", count},
    {"join", join},
    {"isdigit", is_all<is_digit>},
    {"isalpha", is_all<is_letter>},
    {"isalnum", is_all<is_digit_or_letter>},
    {"isspace", is_all<is_blank>},
    {"items", items},
    {"keys", keys},
    {"values", values},
    {"get", get},
    {"cycle", cycle},
};

}  // namespace

TemplateFunction find_method(std::string_view name) {
  const auto found = kMethods.find(name);
  return found == kMethods.end() ? nullptr : found->second;
}

}  // namespace suan::engine::jinja
