#include "engine/chat/template_functions.h"

#include <algorithm>
#include <unordered_map>

#include "engine/chat/text_pieces.h"

namespace suan::engine::jinja {

const Value* TemplateCall::find(size_t place, std::string_view name) const {
  if (place < positional.size()) return &positional[place];
  for (const auto& [key, value] : named) {
    if (key == name) return &value;
  }
  return nullptr;
}

const MarkedText& TemplateCall::text(size_t place, std::string_view name) const {
  const Value* value = find(place, name);
  if (value == nullptr) fail_template("the argument {} is missing", name);
  if (value->text() == nullptr) {
    fail_template("the argument {} is a {}, not a text", name, kind_of(*value));
  }
  return *value->text();
}

int64_t TemplateCall::whole(size_t place, std::string_view name, int64_t fallback) const {
  const Value* value = find(place, name);
  if (value == nullptr || value->is<None>()) return fallback;
  if (const auto* truth = value->get<bool>()) return *truth ? 1 : 0;
  const auto* number = value->get<int64_t>();
  if (number == nullptr) {
    fail_template("the argument {} is a {}, not an integer", name, kind_of(*value));
  }
  return *number;
}

bool TemplateCall::truth(size_t place, std::string_view name, bool fallback) const {
  const Value* value = find(place, name);
  return value == nullptr ? fallback : is_true(*value);
}

std::optional<BuiltIn> find_built_in(std::string_view name) {
  static const std::unordered_map<std::string_view, BuiltIn> kBuiltIns = {
      {"raise_exception", BuiltIn::RaiseException},
      {"strftime_now", BuiltIn::StrftimeNow},
      {"namespace", BuiltIn::MakeNamespace},
      {"dict", BuiltIn::MakeDict},
      {"range", BuiltIn::Range},
  };
  const auto found = kBuiltIns.find(name);
  if (found == kBuiltIns.end()) return std::nullopt;
  return found->second;
}

Value attribute_of(const Value& value, std::string_view name, TemplateBudget& budget) {
  budget.charge_bytes(name.size());
  if (value.is<Undefined>()) fail_template("an undefined value has no {}", name);
  const Value* found = nullptr;
  if (const Dict* dict = value.dict()) found = dict->find(name);
  if (const auto* names = value.get<std::shared_ptr<Namespace>>()) found = (*names)->find(name);
  if (const auto* loop = value.get<std::shared_ptr<const LoopState>>()) {
    return (*loop)->attribute(name);
  }
  return found == nullptr ? Value() : *found;
}

namespace {

/// Python's negative indices count from the end. Nothing: outside.
std::optional<size_t> place_of(int64_t index, size_t size) {
  const auto length = static_cast<int64_t>(size);
  if (index < 0) index += length;
  if (index < 0 || index >= length) return std::nullopt;
  return static_cast<size_t>(index);
}

Value character_at(const MarkedText& text, int64_t index, TemplateBudget& budget) {
  budget.charge_bytes(text.text.size());
  const auto place = place_of(index, character_count(text.text));
  if (!place) return {};
  const size_t first = byte_of_character(text.text, *place);
  const size_t count = byte_of_character(std::string_view(text.text).substr(first), 1);
  return Value::of(slice(text, first, count));
}

}  // namespace

Value item_of(const Value& value, const Value& index, TemplateBudget& budget) {
  budget.charge();
  if (const MarkedText* name = index.text()) return attribute_of(value, name->text, budget);
  if (value.is<Undefined>()) fail_template("an undefined value has no items");
  const auto* number = index.get<int64_t>();
  if (number == nullptr) return {};
  if (const MarkedText* text = value.text()) return character_at(*text, *number, budget);
  const List* list = value.list();
  if (list == nullptr) return {};
  const auto place = place_of(*number, list->size());
  return place ? list->items()[*place] : Value();
}

bool contains(const Value& whole, const Value& part, TemplateBudget& budget) {
  if (const MarkedText* text = whole.text()) {
    if (part.text() == nullptr) {
      fail_template("a {} cannot be looked for in a text", kind_of(part));
    }
    budget.charge_bytes(text->text.size() + part.text()->text.size());
    return find_part(text->text, part.text()->text) != std::string_view::npos;
  }
  if (const List* list = whole.list()) {
    return std::any_of(list->items().begin(), list->items().end(),
                       [&](const Value& item) { return are_equal(item, part, budget); });
  }
  budget.charge_bytes(part.text() == nullptr ? 0 : part.text()->text.size());
  if (const Dict* dict = whole.dict()) {
    return part.text() != nullptr && dict->find(part.text()->text) != nullptr;
  }
  if (const auto* names = whole.get<std::shared_ptr<Namespace>>()) {
    return part.text() != nullptr && (*names)->find(part.text()->text) != nullptr;
  }
  if (whole.is<Undefined>()) return false;
  fail_template("nothing can be looked for in a {}", kind_of(whole));
}

}  // namespace suan::engine::jinja
