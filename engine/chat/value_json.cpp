#include "engine/chat/value_json.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "engine/chat/template_strings.h"

namespace suan::engine::jinja {

namespace {

using nlohmann::json;

constexpr size_t kDepthMax = 64;

/// Follows nlohmann's events and keeps what is open on a stack of its own.
class ValueReader : public nlohmann::json_sax<json> {
 public:
  bool null() override { return take({None{}}); }

  bool boolean(bool value) override { return take({value}); }

  bool number_integer(number_integer_t value) override { return take({int64_t{value}}); }

  bool number_unsigned(number_unsigned_t value) override {
    constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
    if (value > kMost) return take({static_cast<double>(value)});
    return take({static_cast<int64_t>(value)});
  }

  bool number_float(number_float_t value, const string_t& /*text*/) override {
    return take({value});
  }

  bool string(string_t& value) override { return take(Value::given(std::move(value))); }

  bool binary(binary_t& /*value*/) override { return false; }

  bool start_object(size_t /*elements*/) override { return open(true); }

  bool start_array(size_t /*elements*/) override { return open(false); }

  bool key(string_t& value) override {
    levels_.back().key = std::move(value);
    return true;
  }

  bool end_object() override {
    std::vector<Dict::Entry> entries = std::move(levels_.back().entries);
    levels_.pop_back();
    return take({std::make_shared<const Dict>(std::move(entries))});
  }

  bool end_array() override {
    std::vector<Value> items = std::move(levels_.back().items);
    levels_.pop_back();
    return take(Value::of(std::move(items)));
  }

  bool parse_error(size_t /*position*/,
                   const std::string& /*last_token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

  [[nodiscard]] Value& result() { return result_; }

 private:
  struct Level {
    bool is_object = false;
    std::string key;
    std::vector<Dict::Entry> entries;
    std::vector<Value> items;
  };

  bool open(bool is_object) {
    if (levels_.size() == kDepthMax) return false;
    levels_.emplace_back().is_object = is_object;
    return true;
  }

  bool take(Value value) {
    if (levels_.empty()) {
      result_ = std::move(value);
    } else if (levels_.back().is_object) {
      levels_.back().entries.emplace_back(std::move(levels_.back().key), std::move(value));
    } else {
      levels_.back().items.push_back(std::move(value));
    }
    return true;
  }

  std::vector<Level> levels_;
  Value result_;
};

class JsonWriter {
 public:
  JsonWriter(const JsonStyle& style, TemplateBudget& budget)
      : style_(style),
        budget_(budget),
        item_separator_(style.item_separator),
        key_separator_(style.key_separator.empty() ? ": " : style.key_separator) {
    if (item_separator_.empty()) item_separator_ = style.indent > 0 ? "," : ", ";
  }

  std::string write(const Value& value) {
    add(value, 0);
    budget_.charge_bytes(out_.size());
    return std::move(out_);
  }

 private:
  void add(const Value& value, uint32_t level) {
    budget_.charge();
    if (const MarkedText* text = value.text()) return add_text(text->text);
    if (const List* list = value.list()) return add_list(*list, level);
    if (const Dict* dict = value.dict()) return add_dict(*dict, level);
    if (value.is<None>()) {
      out_ += "null";
    } else if (const auto* truth = value.get<bool>()) {
      out_ += *truth ? "true" : "false";
    } else if (const auto* whole = value.get<int64_t>()) {
      out_ += fmt::to_string(*whole);
    } else if (const auto* real = value.get<double>()) {
      out_ += number_text(*real);
    } else {
      fail_template("a {} is no JSON", kind_of(value));
    }
  }

  static std::string number_text(double number) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
    return python_float(number);
  }

  void add_text(std::string_view text) {
    budget_.charge_bytes(text.size());
    out_ += json_quoted(text, style_.is_ascii);
  }

  void add_list(const List& list, uint32_t level) {
    if (list.size() == 0) {
      out_ += "[]";
      return;
    }
    out_ += '[';
    for (size_t i = 0; i < list.size(); ++i) {
      begin_item(i, level);
      add(list.items()[i], level + 1);
    }
    end_items(level, ']');
  }

  void add_dict(const Dict& dict, uint32_t level) {
    if (dict.entries().empty()) {
      out_ += "{}";
      return;
    }
    std::vector<const Dict::Entry*> entries;
    for (const Dict::Entry& entry : dict.entries())
      entries.push_back(&entry);
    if (style_.sorts_keys) {
      std::sort(entries.begin(), entries.end(),
                [](const auto* a, const auto* b) { return a->first < b->first; });
    }
    out_ += '{';
    for (size_t i = 0; i < entries.size(); ++i) {
      begin_item(i, level);
      add_text(entries[i]->first);
      out_ += key_separator_;
      add(entries[i]->second, level + 1);
    }
    end_items(level, '}');
  }

  void begin_item(size_t index, uint32_t level) {
    if (index > 0) out_ += item_separator_;
    new_line(level + 1);
  }

  void end_items(uint32_t level, char mark) {
    new_line(level);
    out_ += mark;
  }

  void new_line(uint32_t level) {
    if (style_.indent == 0) return;
    const size_t spaces = size_t{style_.indent} * level;
    budget_.charge_bytes(spaces);
    out_ += '\n';
    out_.append(spaces, ' ');
  }

  const JsonStyle& style_;
  TemplateBudget& budget_;
  std::string item_separator_;
  std::string key_separator_;
  std::string out_;
};

}  // namespace

std::optional<Value> value_of_json(std::string_view text) {
  ValueReader reader;
  if (!json::sax_parse(text, &reader)) return std::nullopt;
  return std::move(reader.result());
}

std::string json_of(const Value& value, const JsonStyle& style, TemplateBudget& budget) {
  return JsonWriter(style, budget).write(value);
}

}  // namespace suan::engine::jinja
