#include "engine/chat/template_operators.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "engine/chat/text_pieces.h"

namespace suan::engine::jinja {

namespace {

const char* sign_of(Operator by) {
  switch (by) {
    case Operator::Add:
      return "+";
    case Operator::Subtract:
      return "-";
    case Operator::Multiply:
      return "*";
    case Operator::Divide:
      return "/";
    case Operator::FloorDivide:
      return "//";
    case Operator::Modulo:
      return "%";
    default:
      return "~";
  }
}

[[noreturn]] void refuse_kinds(Operator by, const Value& left, const Value& right) {
  fail_template("{} {} {} cannot be computed", kind_of(left), sign_of(by), kind_of(right));
}

/// A text, or a dictionary that stands for the text it was read from.
const MarkedText* text_in(const Value& value) {
  if (value.dict() != nullptr) return value.dict()->source().get();
  return value.text();
}

std::optional<int64_t> whole_in(const Value& value) {
  if (const auto* truth = value.get<bool>()) return *truth ? 1 : 0;
  if (const auto* whole = value.get<int64_t>()) return *whole;
  return std::nullopt;
}

double real_in(const Value& value) {
  if (const auto whole = whole_in(value)) return static_cast<double>(*whole);
  return *value.get<double>();
}

Value joined(const MarkedText& left, const MarkedText& right, TemplateBudget& budget) {
  budget.charge_bytes(left.text.size() + right.text.size());
  budget.charge((left.markup.size() + right.markup.size()) / 8);
  MarkedText text = left;
  append(text, right);
  return Value::of(std::move(text));
}

Value joined(const List& left, const List& right, TemplateBudget& budget) {
  budget.charge(left.size() + right.size());
  std::vector<Value> items = left.items();
  items.insert(items.end(), right.items().begin(), right.items().end());
  return Value::of(std::move(items));
}

Value repeated(const MarkedText& text, int64_t count, TemplateBudget& budget) {
  MarkedText out;
  for (int64_t i = 0; i < count && !text.text.empty(); ++i) {
    budget.charge_bytes(out.text.size() + text.text.size() > budget.limits().output_bytes
                            ? out.text.size() + text.text.size()
                            : text.text.size());
    append(out, text);
  }
  return Value::of(std::move(out));
}

/// Python rounds towards minus infinity, and the rest has the divisor's sign.
int64_t floor_divided(int64_t left, int64_t right) {
  const int64_t quotient = left / right;
  return left % right != 0 && (left < 0) != (right < 0) ? quotient - 1 : quotient;
}

Value compute_whole(Operator by, int64_t left, int64_t right) {
  int64_t result = 0;
  bool is_too_large = false;
  const bool divides =
      by == Operator::Divide || by == Operator::FloorDivide || by == Operator::Modulo;
  if (divides && right == 0) fail_template("a division by zero");
  if (divides && right == -1 && left == INT64_MIN) fail_template("a number is too large");
  switch (by) {
    case Operator::Add:
      is_too_large = __builtin_add_overflow(left, right, &result);
      break;
    case Operator::Subtract:
      is_too_large = __builtin_sub_overflow(left, right, &result);
      break;
    case Operator::Multiply:
      is_too_large = __builtin_mul_overflow(left, right, &result);
      break;
    case Operator::Divide:
      return {static_cast<double>(left) / static_cast<double>(right)};
    case Operator::FloorDivide:
      result = floor_divided(left, right);
      break;
    default:
      result = left - floor_divided(left, right) * right;
  }
  if (is_too_large) fail_template("a number is too large");
  return {result};
}

Value compute_real(Operator by, double left, double right) {
  const bool divides =
      by == Operator::Divide || by == Operator::FloorDivide || by == Operator::Modulo;
  if (divides && right == 0) fail_template("a division by zero");
  switch (by) {
    case Operator::Add:
      return {left + right};
    case Operator::Subtract:
      return {left - right};
    case Operator::Multiply:
      return {left * right};
    case Operator::Divide:
      return {left / right};
    case Operator::FloorDivide:
      return {std::floor(left / right)};
    default:
      return {left - std::floor(left / right) * right};
  }
}

/// Python's slice bounds for `size` items.
struct Bounds {
  int64_t from = 0;
  int64_t to = 0;
  int64_t step = 1;
};

int64_t bound(const Value& value, int64_t size, int64_t fallback, int64_t least, int64_t most) {
  if (value.is<None>() || value.is<Undefined>()) return fallback;
  const auto* whole = value.get<int64_t>();
  if (whole == nullptr) fail_template("a {} is no index", kind_of(value));
  const int64_t place = *whole < 0 ? *whole + size : *whole;
  return std::clamp(place, least, most);
}

Bounds bounds_of(size_t size, const Value& from, const Value& to, const Value& step) {
  const auto length = static_cast<int64_t>(size);
  Bounds bounds;
  bounds.step = bound(step, 0, 1, -length - 1, length + 1);
  if (bounds.step == 0) fail_template("a slice has a step of 0");
  const bool is_up = bounds.step > 0;
  const int64_t least = is_up ? 0 : -1;
  const int64_t most = is_up ? length : length - 1;
  bounds.from = bound(from, length, is_up ? 0 : length - 1, least, most);
  bounds.to = bound(to, length, is_up ? length : -1, least, most);
  return bounds;
}

Value sliced_text(const MarkedText& text, const Bounds& bounds, TemplateBudget& budget) {
  if (bounds.step == 1) {
    const auto from = static_cast<size_t>(bounds.from);
    const auto to = static_cast<size_t>(std::max(bounds.to, bounds.from));
    const size_t first = byte_of_character(text.text, from);
    const size_t end = byte_of_character(text.text, to);
    return Value::of(slice(text, first, end - first));
  }
  const auto characters = items_of(Value::of(text), budget);
  MarkedText out;
  for (int64_t at = bounds.from; bounds.step > 0 ? at < bounds.to : at > bounds.to;
       at += bounds.step)
    append(out, *characters->items()[static_cast<size_t>(at)].text());
  return Value::of(std::move(out));
}

}  // namespace

Value compute(Operator by, const Value& left, const Value& right, TemplateBudget& budget) {
  budget.charge();
  if (by == Operator::Concatenate) {
    return joined(text_of(left, budget), text_of(right, budget), budget);
  }
  if (left.is_number() && right.is_number()) {
    const auto a = whole_in(left);
    const auto b = whole_in(right);
    if (a && b) return compute_whole(by, *a, *b);
    return compute_real(by, real_in(left), real_in(right));
  }
  if (by == Operator::Add) {
    if (text_in(left) != nullptr && text_in(right) != nullptr) {
      return joined(*text_in(left), *text_in(right), budget);
    }
    if (left.list() != nullptr && right.list() != nullptr) {
      return joined(*left.list(), *right.list(), budget);
    }
  }
  if (by == Operator::Multiply && left.text() != nullptr && whole_in(right)) {
    return repeated(*left.text(), *whole_in(right), budget);
  }
  refuse_kinds(by, left, right);
}

bool holds(Operator by, const Value& left, const Value& right, TemplateBudget& budget) {
  switch (by) {
    case Operator::Equal:
      return are_equal(left, right, budget);
    case Operator::NotEqual:
      return !are_equal(left, right, budget);
    case Operator::Less:
      return compare(left, right, budget) < 0;
    case Operator::LessEqual:
      return compare(left, right, budget) <= 0;
    case Operator::Greater:
      return compare(left, right, budget) > 0;
    case Operator::GreaterEqual:
      return compare(left, right, budget) >= 0;
    case Operator::In:
      return contains(right, left, budget);
    default:
      return !contains(right, left, budget);
  }
}

Value negated(const Value& value) {
  if (const auto* real = value.get<double>()) return {-*real};
  const auto whole = whole_in(value);
  if (!whole) fail_template("a {} has no sign", kind_of(value));
  return compute_whole(Operator::Subtract, 0, *whole);
}

Value sliced(const Value& value,
             const Value& from,
             const Value& to,
             const Value& step,
             TemplateBudget& budget) {
  if (const MarkedText* text = value.text()) {
    budget.charge_bytes(text->text.size());
    return sliced_text(*text, bounds_of(character_count(text->text), from, to, step), budget);
  }
  const List* list = value.list();
  if (list == nullptr) fail_template("a {} has no slices", kind_of(value));
  const Bounds bounds = bounds_of(list->size(), from, to, step);
  std::vector<Value> items;
  for (int64_t at = bounds.from; bounds.step > 0 ? at < bounds.to : at > bounds.to;
       at += bounds.step) {
    budget.charge();
    items.push_back(list->items()[static_cast<size_t>(at)]);
  }
  return Value::of(std::move(items));
}

Value range_of(const TemplateCall& call, TemplateBudget& budget) {
  const bool has_start = call.positional.size() > 1;
  const int64_t from = has_start ? call.whole(0, "start", 0) : 0;
  const int64_t to = call.whole(has_start ? 1 : 0, "stop", 0);
  const int64_t step = call.whole(2, "step", 1);
  if (call.positional.empty() || step == 0) fail_template("range needs an end and a step");
  std::vector<Value> items;
  int64_t at = from;
  while (step > 0 ? at < to : at > to) {
    budget.charge();
    items.emplace_back(Value::Data(at));
    if (__builtin_add_overflow(at, step, &at)) break;
  }
  return Value::of(std::move(items));
}

}  // namespace suan::engine::jinja
