#include <string_view>
#include <unordered_map>

#include "engine/chat/template_functions.h"
#include "engine/chat/template_strings.h"

// `value is name`: the tests that templates may use.

namespace suan::engine::jinja {

namespace {

using Call = TemplateCall;
using Budget = TemplateBudget;

const Value& argument(const Call& call) {
  return call.positional.empty() ? call.named.front().second : call.positional.front();
}

bool is_iterable(const Value& value) {
  return value.text() != nullptr || value.list() != nullptr || value.dict() != nullptr ||
         value.is<Undefined>();
}

int64_t whole_of(const Value& value) {
  const auto* number = value.get<int64_t>();
  if (number == nullptr) fail_template("a {} is no integer", kind_of(value));
  return *number;
}

template <class T>
bool is_kind(const Value& value, const Call&, Budget&) {
  return value.is<T>();
}

bool is_defined(const Value& value, const Call&, Budget&) {
  return !value.is<Undefined>();
}

template <bool truth>
bool is_exactly(const Value& value, const Call&, Budget&) {
  const auto* found = value.get<bool>();
  return found != nullptr && *found == truth;
}

bool is_number(const Value& value, const Call&, Budget&) {
  return value.is_number();
}

bool can_be_iterated(const Value& value, const Call&, Budget&) {
  return is_iterable(value);
}

bool is_callable(const Value& value, const Call&, Budget&) {
  return value.is<const Macro*>() || value.is<BuiltIn>();
}

bool is_odd(const Value& value, const Call&, Budget&) {
  return whole_of(value) % 2 != 0;
}

bool is_even(const Value& value, const Call&, Budget&) {
  return whole_of(value) % 2 == 0;
}

bool is_divisible(const Value& value, const Call& call, Budget&) {
  const int64_t by = whole_of(argument(call));
  if (by == 0) fail_template("a division by zero");
  return by == -1 || whole_of(value) % by == 0;
}

bool is_lower(const Value& value, const Call&, Budget& budget) {
  const std::string text = text_of(value, budget).text;
  return text == lower_case(text) && text != upper_case(text);
}

bool is_upper(const Value& value, const Call&, Budget& budget) {
  const std::string text = text_of(value, budget).text;
  return text == upper_case(text) && text != lower_case(text);
}

/// The same thing, not just an equal one: `true`, not 1.
bool is_same(const Value& value, const Call& call, Budget& budget) {
  const Value& other = argument(call);
  if (value.data().index() != other.data().index()) return false;
  if (value.list() != nullptr) return value.list() == other.list();
  if (value.dict() != nullptr) return value.dict() == other.dict();
  return are_equal(value, other, budget);
}

bool is_equal(const Value& value, const Call& call, Budget& budget) {
  return are_equal(value, argument(call), budget);
}

bool is_unequal(const Value& value, const Call& call, Budget& budget) {
  return !are_equal(value, argument(call), budget);
}

bool is_less(const Value& value, const Call& call, Budget& budget) {
  return compare(value, argument(call), budget) < 0;
}

bool is_at_most(const Value& value, const Call& call, Budget& budget) {
  return compare(value, argument(call), budget) <= 0;
}

bool is_greater(const Value& value, const Call& call, Budget& budget) {
  return compare(value, argument(call), budget) > 0;
}

bool is_at_least(const Value& value, const Call& call, Budget& budget) {
  return compare(value, argument(call), budget) >= 0;
}

bool is_in(const Value& value, const Call& call, Budget& budget) {
  return contains(argument(call), value, budget);
}

const std::unordered_map<std::string_view, TemplateTest> kTests = {
    {"defined", {is_defined, false}},
    {"undefined", {is_kind<Undefined>, false}},
    {"none", {is_kind<None>, false}},
    {"boolean", {is_kind<bool>, false}},
    {"true", {is_exactly<true>, false}},
    {"false", {is_exactly<false>, false}},
    {"integer", {is_kind<int64_t>, false}},
    {"float", {is_kind<double>, false}},
    {"number", {is_number, false}},
    {"string", {is_kind<Value::Text>, false}},
    {"mapping", {is_kind<Value::Dicts>, false}},
    {"iterable", {can_be_iterated, false}},
    {"sequence", {can_be_iterated, false}},
    {"callable", {is_callable, false}},
    {"odd", {is_odd, false}},
    {"even", {is_even, false}},
    {"lower", {is_lower, false}},
    {"upper", {is_upper, false}},
    {"divisibleby", {is_divisible, true}},
    {"sameas", {is_same, true}},
    {"eq", {is_equal, true}},
    {"equalto", {is_equal, true}},
    {"==", {is_equal, true}},
    {"ne", {is_unequal, true}},
    {"!=", {is_unequal, true}},
    {"lt", {is_less, true}},
    {"lessthan", {is_less, true}},
    {"<", {is_less, true}},
    {"le", {is_at_most, true}},
    {"<=", {is_at_most, true}},
    {"gt", {is_greater, true}},
    {"greaterthan", {is_greater, true}},
    {">", {is_greater, true}},
    {"ge", {is_at_least, true}},
    {">=", {is_at_least, true}},
    {"in", {is_in, true}},
};

}  // namespace

const TemplateTest* find_test(std::string_view name) {
  const auto found = kTests.find(name);
  return found == kTests.end() ? nullptr : &found->second;
}

}  // namespace suan::engine::jinja
