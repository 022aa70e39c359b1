#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "engine/chat/template_budget.h"
#include "engine/tokenizer/marked_text.h"

namespace suan::engine::jinja {

struct Macro;
class List;
class Dict;
class Namespace;
class LoopState;

struct Undefined {
  friend bool operator==(const Undefined&, const Undefined&) = default;
};

struct None {
  friend bool operator==(const None&, const None&) = default;
};

/// A function that templates may call by name.
enum class BuiltIn : uint8_t { RaiseException, StrftimeNow, MakeNamespace, MakeDict, Range };

/// What a template computes with: Python's values, as far as templates need them. Texts, lists
/// and dictionaries never change once made, so copies are cheap.
///
/// A list or dictionary holds no namespace and no loop, so nothing contains itself; and it is
/// nested at most `kValueDepthMax` deep.
class Value {
 public:
  using Text = std::shared_ptr<const MarkedText>;
  using Lists = std::shared_ptr<const List>;
  using Dicts = std::shared_ptr<const Dict>;
  using Data = std::variant<Undefined,
                            None,
                            bool,
                            int64_t,
                            double,
                            Text,
                            Lists,
                            Dicts,
                            std::shared_ptr<Namespace>,
                            std::shared_ptr<const LoopState>,
                            const Macro*,
                            BuiltIn>;

  Value() = default;

  Value(Data data) : data_(std::move(data)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] static Value of(MarkedText text);
  [[nodiscard]] static Value of(std::vector<Value> items);

  [[nodiscard]] static Value given(std::string text) {
    return of(MarkedText{std::move(text), {}});
  }

  template <class T>
  [[nodiscard]] bool is() const {
    return std::holds_alternative<T>(data_);
  }

  template <class T>
  [[nodiscard]] const T* get() const {
    return std::get_if<T>(&data_);
  }

  [[nodiscard]] bool is_number() const { return is<bool>() || is<int64_t>() || is<double>(); }

  /// The text, list or dictionary itself; null when it is none.
  [[nodiscard]] const MarkedText* text() const;
  [[nodiscard]] const List* list() const;
  [[nodiscard]] const Dict* dict() const;

  /// How deep lists and dictionaries stand in it; 0 for anything else.
  [[nodiscard]] uint32_t depth() const;

  [[nodiscard]] const Data& data() const { return data_; }

 private:
  Data data_;
};

constexpr uint32_t kValueDepthMax = 96;

class List {
 public:
  /// Errors:   TemplateError  nested too deep, or an item that no list may hold
  explicit List(std::vector<Value> items);

  [[nodiscard]] const std::vector<Value>& items() const { return items_; }

  [[nodiscard]] size_t size() const { return items_.size(); }

  [[nodiscard]] uint32_t depth() const { return depth_; }

 private:
  std::vector<Value> items_;
  uint32_t depth_ = 1;
};

/// Keys are texts, in the order in which they came; a repeated key keeps its first place.
class Dict {
 public:
  using Entry = std::pair<std::string, Value>;

  /// `source` is the JSON text that it was read from, where templates may want that too.
  /// Errors:   TemplateError  nested too deep, or a value that no dictionary may hold
  explicit Dict(std::vector<Entry> entries, std::shared_ptr<const MarkedText> source = nullptr);

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

  /// Null when there is none.
  [[nodiscard]] const Value* find(std::string_view key) const;

  /// Such a dictionary is written, and joined to texts, as its source.
  [[nodiscard]] const std::shared_ptr<const MarkedText>& source() const { return source_; }

  [[nodiscard]] uint32_t depth() const { return depth_; }

 private:
  std::vector<Entry> entries_;
  std::unordered_map<std::string, size_t> places_;
  std::shared_ptr<const MarkedText> source_;
  uint32_t depth_ = 1;
};

/// The one thing that a template can change: `{% set ns.name = value %}`.
class Namespace {
 public:
  [[nodiscard]] const Value* find(std::string_view name) const;
  /// Errors:   TemplateError  a value that would make a circle
  void set(const std::string& name, Value value);

 private:
  std::unordered_map<std::string, Value> values_;
};

/// `loop` inside of a for block.
class LoopState {
 public:
  LoopState(std::shared_ptr<const List> items, size_t index, uint32_t depth)
      : items_(std::move(items)), index_(index), depth_(depth) {}

  /// index, first, last, previtem, ...: Undefined when there is no such thing.
  [[nodiscard]] Value attribute(std::string_view name) const;

  [[nodiscard]] size_t index() const { return index_; }

 private:
  std::shared_ptr<const List> items_;
  size_t index_;
  uint32_t depth_;
};

/// Python's words: `undefined`, `none`, `text`, `list`, ...
[[nodiscard]] const char* kind_of(const Value& value);

[[nodiscard]] bool is_true(const Value& value);

/// `==`. Charges for what it compares.
[[nodiscard]] bool are_equal(const Value& left, const Value& right, TemplateBudget& budget);

/// Negative, 0, positive. Errors: TemplateError, for kinds that have no order
[[nodiscard]] int compare(const Value& left, const Value& right, TemplateBudget& budget);

/// What `{{ value }}` writes, and `~` joins: Python's str().
[[nodiscard]] MarkedText text_of(const Value& value, TemplateBudget& budget);

/// The items that a for block visits: of a list, the keys of a dictionary, the characters of a
/// text, none of an undefined value. Errors: TemplateError, for anything else
[[nodiscard]] std::shared_ptr<const List> items_of(const Value& value, TemplateBudget& budget);

/// `len(value)`. Errors: TemplateError, for what has no length
[[nodiscard]] size_t length_of(const Value& value);

}  // namespace suan::engine::jinja
