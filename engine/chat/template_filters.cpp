#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/chat/template_functions.h"
#include "engine/chat/template_strings.h"
#include "engine/chat/text_methods.h"
#include "engine/chat/text_pieces.h"
#include "engine/chat/value_json.h"

// `value | name(...)`: the filters of single values. Those of lists stand in list_filters.cpp.

namespace suan::engine::jinja {

[[nodiscard]] TemplateFunction find_list_filter(std::string_view name);

namespace {

using Call = TemplateCall;
using Budget = TemplateBudget;

constexpr int64_t kIndentMax = 64;

Value trim(const Value& value, const Call& call, Budget& budget) {
  const MarkedText text = text_of(value, budget);
  const Value* chars = call.find(0, "chars");
  const bool has_chars = chars != nullptr && !chars->is<None>();
  std::optional<std::string_view> set;
  if (has_chars) set = call.text(0, "chars").text;
  return Value::of(stripped(text, TextEnd::Both, set));
}

template <std::string (*change)(std::string_view)>
Value change_case(const Value& value, const Call&, Budget& budget) {
  const MarkedText text = text_of(value, budget);
  return Value::of(changed_text(text, change(text.text)));
}

Value replace(const Value& value, const Call& call, Budget& budget) {
  return Value::of(replaced(text_of(value, budget), call.text(0, "old").text,
                            call.text(1, "new"), call.whole(2, "count", -1), budget));
}

Value to_text(const Value& value, const Call&, Budget& budget) {
  return Value::of(text_of(value, budget));
}

int64_t whole_of_text(std::string_view text, int64_t fallback) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc{} && read.ptr == end && !text.empty() ? number : fallback;
}

Value to_whole(const Value& value, const Call& call, Budget& budget) {
  const int64_t fallback = call.whole(0, "default", 0);
  if (const auto* truth = value.get<bool>()) return {int64_t{*truth}};
  if (value.is<int64_t>()) return value;
  if (const auto* real = value.get<double>()) {
    const bool fits = std::abs(*real) < 9.2e18;
    return {fits ? static_cast<int64_t>(*real) : fallback};
  }
  if (value.text() == nullptr) return {fallback};
  budget.charge_bytes(value.text()->text.size());
  return {whole_of_text(value.text()->text, fallback)};
}

Value to_real(const Value& value, const Call& call, Budget& budget) {
  if (value.is<double>()) return value;
  if (const auto* whole = value.get<int64_t>()) return {static_cast<double>(*whole)};
  const Value* fallback = call.find(0, "default");
  Value other = fallback == nullptr ? Value(Value::Data(0.0)) : *fallback;
  if (value.text() == nullptr) return other;
  const std::string& text = value.text()->text;
  budget.charge_bytes(text.size());
  double number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc{} && read.ptr == end ? Value(Value::Data(number)) : other;
}

Value absolute(const Value& value, const Call&, Budget&) {
  if (const auto* real = value.get<double>()) return {std::abs(*real)};
  const auto* whole = value.get<int64_t>();
  if (whole == nullptr) fail_template("a {} is no number", kind_of(value));
  if (*whole == INT64_MIN) fail_template("a number is too large");
  return {std::abs(*whole)};
}

Value fallback_for(const Value& value, const Call& call, Budget&) {
  const bool is_missing =
      value.is<Undefined>() || (call.truth(1, "boolean", false) && !is_true(value));
  if (!is_missing) return value;
  const Value* other = call.find(0, "default_value");
  return other == nullptr ? Value::given("") : *other;
}

uint32_t indent_of(const Call& call) {
  const int64_t indent = call.whole(99, "indent", 0);
  if (indent < 0 || indent > kIndentMax) fail_template("an indent of {}", indent);
  return static_cast<uint32_t>(indent);
}

/// Hugging Face's own: no HTML escapes, and its arguments are those of json.dumps.
Value to_json(const Value& value, const Call& call, Budget& budget) {
  JsonStyle style;
  style.is_ascii = call.truth(0, "ensure_ascii", false);
  style.indent = indent_of(call);
  style.sorts_keys = call.truth(99, "sort_keys", false);
  const Value* separators = call.find(99, "separators");
  if (separators != nullptr && separators->list() != nullptr) {
    const Call both{separators->list()->items(), {}};
    style.item_separator = both.text(0, "separators").text;
    style.key_separator = both.text(1, "separators").text;
  }
  return Value::given(json_of(value, style, budget));
}

Value indent(const Value& value, const Call& call, Budget& budget) {
  const Value* width = call.find(0, "width");
  MarkedText spaces = written_text(std::string(4, ' '));
  if (width != nullptr && width->text() != nullptr) {
    spaces = *width->text();
  } else if (width != nullptr) {
    const int64_t count = call.whole(0, "width", 4);
    if (count < 0 || count > kIndentMax) fail_template("an indent of {}", count);
    spaces = written_text(std::string(static_cast<size_t>(count), ' '));
  }
  return Value::of(indented(text_of(value, budget), spaces, call.truth(1, "first", false),
                            call.truth(2, "blank", false), budget));
}

Value same(const Value& value, const Call&, Budget&) {
  return value;
}

Value length(const Value& value, const Call&, Budget& budget) {
  if (value.text() != nullptr) budget.charge_bytes(value.text()->text.size());
  return {static_cast<int64_t>(length_of(value))};
}

Value items(const Value& value, const Call& call, Budget& budget) {
  if (value.is<Undefined>()) return Value::of(std::vector<Value>{});
  return find_method("items")(value, call, budget);
}

const std::unordered_map<std::string_view, TemplateFunction> kFilters = {
    {"abs", absolute},
    {"capitalize", change_case<capitalized>},
    {"count", length},
    {"d", fallback_for},
    {"default", fallback_for},
    {"float", to_real},
    {"indent", indent},
    {"int", to_whole},
    {"items", items},
    {"length", length},
    {"lower", change_case<lower_case>},
    {"replace", replace},
    {"safe", same},
    {"string", to_text},
    {"title", change_case<title_case>},
    {"tojson", to_json},
    {"trim", trim},
    {"upper", change_case<upper_case>},
};

}  // namespace

TemplateFunction find_filter(std::string_view name) {
  const auto found = kFilters.find(name);
  return found == kFilters.end() ? find_list_filter(name) : found->second;
}

}  // namespace suan::engine::jinja
