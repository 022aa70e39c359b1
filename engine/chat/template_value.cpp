#include "engine/chat/template_value.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/chat/template_strings.h"
#include "engine/chat/text_pieces.h"

namespace suan::engine::jinja {

namespace {

/// The depth of a list or dictionary with this item in it.
uint32_t depth_around(const Value& item, uint32_t depth) {
  if (item.is<std::shared_ptr<Namespace>>() || item.is<std::shared_ptr<const LoopState>>()) {
    fail_template("a {} cannot stand in a list or dictionary", kind_of(item));
  }
  depth = std::max(depth, item.depth() + 1);
  if (depth > kValueDepthMax) fail_template("a value nests more than {} deep", kValueDepthMax);
  return depth;
}

double number_of(const Value& value) {
  if (const auto* truth = value.get<bool>()) return *truth ? 1 : 0;
  if (const auto* whole = value.get<int64_t>()) return static_cast<double>(*whole);
  return *value.get<double>();
}

int sign_of(double left, double right) {
  return left < right ? -1 : left > right ? 1 : 0;
}

int compare_numbers(const Value& left, const Value& right) {
  const bool are_whole = !left.is<double>() && !right.is<double>();
  if (!are_whole) return sign_of(number_of(left), number_of(right));
  const auto whole = [](const Value& value) {
    return value.is<bool>() ? int64_t{*value.get<bool>()} : *value.get<int64_t>();
  };
  const int64_t a = whole(left);
  const int64_t b = whole(right);
  return a < b ? -1 : a > b ? 1 : 0;
}

bool are_equal_lists(const List& left, const List& right, TemplateBudget& budget) {
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (!are_equal(left.items()[i], right.items()[i], budget)) return false;
  }
  return true;
}

bool are_equal_dicts(const Dict& left, const Dict& right, TemplateBudget& budget) {
  if (left.entries().size() != right.entries().size()) return false;
  for (const auto& [key, value] : left.entries()) {
    const Value* other = right.find(key);
    if (other == nullptr || !are_equal(value, *other, budget)) return false;
  }
  return true;
}

/// Python's repr inside of lists and dictionaries.
void append_repr(std::string& out, const Value& value, TemplateBudget& budget) {
  budget.charge();
  if (const MarkedText* text = value.text()) {
    budget.charge_bytes(text->text.size());
    out += python_quoted(text->text);
  } else if (const List* list = value.list()) {
    out += '[';
    for (size_t i = 0; i < list->size(); ++i) {
      if (i > 0) out += ", ";
      append_repr(out, list->items()[i], budget);
    }
    out += ']';
  } else if (const Dict* dict = value.dict()) {
    out += '{';
    for (size_t i = 0; i < dict->entries().size(); ++i) {
      const auto& [key, item] = dict->entries()[i];
      budget.charge_bytes(key.size());
      out += (i > 0 ? ", " : "") + python_quoted(key) + ": ";
      append_repr(out, item, budget);
    }
    out += '}';
  } else {
    out += text_of(value, budget).text;
  }
}

}  // namespace

Value Value::of(MarkedText text) {
  return {std::make_shared<const MarkedText>(std::move(text))};
}

Value Value::of(std::vector<Value> items) {
  return {std::make_shared<const List>(std::move(items))};
}

const MarkedText* Value::text() const {
  const auto* text = get<Text>();
  return text == nullptr ? nullptr : text->get();
}

const List* Value::list() const {
  const auto* list = get<Lists>();
  return list == nullptr ? nullptr : list->get();
}

const Dict* Value::dict() const {
  const auto* dict = get<Dicts>();
  return dict == nullptr ? nullptr : dict->get();
}

uint32_t Value::depth() const {
  if (list() != nullptr) return list()->depth();
  if (dict() != nullptr) return dict()->depth();
  return 0;
}

List::List(std::vector<Value> items) : items_(std::move(items)) {
  for (const Value& item : items_)
    depth_ = depth_around(item, depth_);
}

Dict::Dict(std::vector<Entry> entries, std::shared_ptr<const MarkedText> source)
    : source_(std::move(source)) {
  entries_.reserve(entries.size());
  for (Entry& entry : entries) {
    depth_ = depth_around(entry.second, depth_);
    const auto [place, is_new] = places_.emplace(entry.first, entries_.size());
    if (is_new) {
      entries_.push_back(std::move(entry));
    } else {
      entries_[place->second].second = std::move(entry.second);
    }
  }
}

const Value* Dict::find(std::string_view key) const {
  const auto found = places_.find(std::string(key));
  return found == places_.end() ? nullptr : &entries_[found->second].second;
}

const Value* Namespace::find(std::string_view name) const {
  const auto found = values_.find(std::string(name));
  return found == values_.end() ? nullptr : &found->second;
}

void Namespace::set(const std::string& name, Value value) {
  if (value.is<std::shared_ptr<Namespace>>() || value.is<std::shared_ptr<const LoopState>>()) {
    fail_template("a {} cannot stand in a namespace", kind_of(value));
  }
  values_[name] = std::move(value);
}

Value LoopState::attribute(std::string_view name) const {
  const size_t length = items_->size();
  if (name == "index") return {static_cast<int64_t>(index_ + 1)};
  if (name == "index0") return {static_cast<int64_t>(index_)};
  if (name == "revindex") return {static_cast<int64_t>(length - index_)};
  if (name == "revindex0") return {static_cast<int64_t>(length - index_ - 1)};
  if (name == "length") return {static_cast<int64_t>(length)};
  if (name == "first") return {index_ == 0};
  if (name == "last") return {index_ + 1 == length};
  if (name == "depth") return {int64_t{depth_}};
  if (name == "depth0") return {int64_t{depth_} - 1};
  if (name == "previtem" && index_ > 0) return items_->items()[index_ - 1];
  if (name == "nextitem" && index_ + 1 < length) return items_->items()[index_ + 1];
  return {};
}

const char* kind_of(const Value& value) {
  static constexpr std::array<const char*, 12> kNames = {
      "undefined value", "none", "boolean", "integer", "float", "text", "list", "dict",
      "namespace",       "loop", "macro",   "function"};
  return kNames.at(value.data().index());
}

bool is_true(const Value& value) {
  if (value.is<Undefined>() || value.is<None>()) return false;
  if (value.is_number()) return number_of(value) != 0;
  if (const MarkedText* text = value.text()) return !text->text.empty();
  if (const List* list = value.list()) return list->size() > 0;
  if (const Dict* dict = value.dict()) return !dict->entries().empty();
  return true;
}

bool are_equal(const Value& left, const Value& right, TemplateBudget& budget) {
  budget.charge();
  if (left.is_number() && right.is_number()) return compare_numbers(left, right) == 0;
  if (left.data().index() != right.data().index()) return false;
  if (left.is<Undefined>() || left.is<None>()) return true;
  if (const MarkedText* text = left.text()) {
    budget.charge_bytes(std::min(text->text.size(), right.text()->text.size()));
    return text->text == right.text()->text;
  }
  if (left.list() != nullptr) return are_equal_lists(*left.list(), *right.list(), budget);
  if (left.dict() != nullptr) return are_equal_dicts(*left.dict(), *right.dict(), budget);
  return left.data() == right.data();
}

int compare(const Value& left, const Value& right, TemplateBudget& budget) {
  budget.charge();
  if (left.is_number() && right.is_number()) return compare_numbers(left, right);
  if (left.text() != nullptr && right.text() != nullptr) {
    const std::string& a = left.text()->text;
    const std::string& b = right.text()->text;
    budget.charge_bytes(std::min(a.size(), b.size()));
    return a.compare(b);
  }
  if (left.list() != nullptr && right.list() != nullptr) {
    const auto& a = left.list()->items();
    const auto& b = right.list()->items();
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
      if (!are_equal(a[i], b[i], budget)) return compare(a[i], b[i], budget);
    }
    return sign_of(static_cast<double>(a.size()), static_cast<double>(b.size()));
  }
  fail_template("{} and {} have no order", kind_of(left), kind_of(right));
}

MarkedText text_of(const Value& value, TemplateBudget& budget) {
  if (const MarkedText* text = value.text()) {
    budget.charge_bytes(text->text.size());
    return *text;
  }
  if (value.is<Undefined>()) return {};
  if (value.is<None>()) return given_text("None");
  if (const auto* truth = value.get<bool>()) return given_text(*truth ? "True" : "False");
  if (const auto* whole = value.get<int64_t>()) return given_text(fmt::to_string(*whole));
  if (const auto* real = value.get<double>()) return given_text(python_float(*real));
  if (value.dict() != nullptr && value.dict()->source() != nullptr) {
    budget.charge_bytes(value.dict()->source()->text.size());
    return *value.dict()->source();
  }
  if (value.list() != nullptr || value.dict() != nullptr) {
    std::string text;
    append_repr(text, value, budget);
    budget.charge_bytes(text.size());
    return given_text(std::move(text));
  }
  fail_template("a {} cannot be written", kind_of(value));
}

std::shared_ptr<const List> items_of(const Value& value, TemplateBudget& budget) {
  if (const auto* list = value.get<Value::Lists>()) return *list;
  std::vector<Value> items;
  if (const Dict* dict = value.dict()) {
    budget.charge(dict->entries().size());
    for (const auto& entry : dict->entries()) {
      budget.charge_bytes(entry.first.size());
      items.push_back(Value::given(entry.first));
    }
  } else if (const MarkedText* text = value.text()) {
    budget.charge(text->text.size());
    for (size_t at = 0; at < text->text.size();) {
      const size_t end = at + byte_of_character(std::string_view(text->text).substr(at), 1);
      items.push_back(Value::of(slice(*text, at, end - at)));
      at = end;
    }
  } else if (!value.is<Undefined>()) {
    fail_template("a {} has no items to go through", kind_of(value));
  }
  return std::make_shared<const List>(std::move(items));
}

size_t length_of(const Value& value) {
  if (const MarkedText* text = value.text()) return character_count(text->text);
  if (const List* list = value.list()) return list->size();
  if (const Dict* dict = value.dict()) return dict->entries().size();
  if (value.is<Undefined>()) return 0;
  fail_template("a {} has no length", kind_of(value));
}

}  // namespace suan::engine::jinja
