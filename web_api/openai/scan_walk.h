#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "catalog/types/json.h"
#include "catalog/types/result.h"

// Heavy (simdjson): only .cpp files include this header.

namespace suan::web_api {

/// The complaint that `param` must be something else.
[[nodiscard]] tl::unexpected<Error> must_be(std::string_view param, std::string_view what);

/// A walk over one JSON text in place, which sees every value once and counts against the limits of
/// J1; a text that was walked to its end would also pass `parse_json`.
///
/// simdjson's on-demand reader checks only what is asked for; so everything is asked for.
class ScanWalk {
 public:
  using Value = simdjson::ondemand::value;
  using Type = simdjson::ondemand::json_type;

  explicit ScanWalk(const JsonLimits& limits = {}) : limits_(limits) {}

  /// Walks the whole text, which must be one object; `on_field(key, value)` ->
  /// Result<void> must consume each value with one of the readers below.
  ///
  /// `text` may get a larger capacity: the reader looks a few bytes past the end.
  template <class OnField>
  [[nodiscard]] Result<void> walk(std::string& text, OnField&& on_field);

  /// An object or array that is the value of `name`; `what` says what it must be otherwise.
  template <class OnField>
  [[nodiscard]] Result<void> object(Value& value,
                                    std::string_view name,
                                    std::string_view what,
                                    OnField&& on_field);
  template <class OnItem>
  [[nodiscard]] Result<void> array(Value& value,
                                   std::string_view name,
                                   std::string_view what,
                                   OnItem&& on_item);

  /// Reads the value of `name`, which an error names as `param`. A text is valid until the
  /// walk ends.
  [[nodiscard]] Result<void> read(Value& value, std::string_view name, std::string_view& out);
  [[nodiscard]] Result<void> read(Value& value, std::string_view name, double& out);
  [[nodiscard]] Result<void> read(Value& value, std::string_view name, uint32_t& out);
  [[nodiscard]] Result<void> read(Value& value, std::string_view name, bool& out);

  /// Any 64-bit integer, signed or not.
  [[nodiscard]] Result<void> read_seed(Value& value, uint64_t& out);

  /// Any value, looked at and forgotten.
  [[nodiscard]] Result<void> skip(Value& value);

  [[nodiscard]] static Result<Type> type_of(Value& value);

  /// How much of the text lies behind the walk, in bytes. Only inside `walk`.
  [[nodiscard]] size_t bytes_walked();

 private:
  static tl::unexpected<Error> broken(simdjson::error_code code);
  [[nodiscard]] Result<void> expect(Value& value,
                                    Type type,
                                    std::string_view name,
                                    std::string_view what);
  [[nodiscard]] Result<void> count_value();
  [[nodiscard]] Result<void> check_number(Value& value);
  [[nodiscard]] Result<void> check_keys(std::vector<std::string_view>& keys);
  [[nodiscard]] Result<void> enter();

  void leave() { --depth_; }

  template <class OnField>
  [[nodiscard]] Result<void> fields(simdjson::ondemand::object& object, OnField&& on_field);

  JsonLimits limits_;
  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;  // points into the parser
  const char* text_ = nullptr;
  uint32_t depth_ = 0;
  uint32_t keys_ = 0;
  uint32_t values_ = 0;
};

template <class OnField>
Result<void> ScanWalk::walk(std::string& text, OnField&& on_field) {
  text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  text_ = text.data();
  const simdjson::padded_string_view view(text.data(), text.size(), text.capacity());
  if (const auto code = parser_.iterate(view).get(document_)) return broken(code);
  Type type{};
  if (const auto code = document_.type().get(type)) return broken(code);
  if (type != Type::object) {
    return fail(ErrorCode::BadRequest, "the body must be a JSON object");
  }
  simdjson::ondemand::object root;
  if (const auto code = document_.get_object().get(root)) return broken(code);
  if (auto entered = enter(); !entered) return entered;
  if (auto seen = fields(root, on_field); !seen) return seen;
  leave();
  const bool is_at_end = document_.current_location().error() == simdjson::OUT_OF_BOUNDS;
  if (!is_at_end) return fail(ErrorCode::BadRequest, "text follows the JSON object");
  return {};
}

template <class OnField>
Result<void> ScanWalk::object(Value& value,
                              std::string_view name,
                              std::string_view what,
                              OnField&& on_field) {
  if (auto fits = expect(value, Type::object, name, what); !fits) return fits;
  if (auto entered = enter(); !entered) return entered;
  simdjson::ondemand::object object;
  if (const auto code = value.get_object().get(object)) return broken(code);
  if (auto seen = fields(object, on_field); !seen) return seen;
  leave();
  return {};
}

template <class OnField>
Result<void> ScanWalk::fields(simdjson::ondemand::object& object, OnField&& on_field) {
  std::vector<std::string_view> keys;
  for (auto item : object) {
    simdjson::ondemand::field field;
    if (const auto code = std::move(item).get(field)) return broken(code);
    std::string_view key;
    if (const auto code = field.unescaped_key().get(key)) return broken(code);
    if (++keys_ > limits_.keys) {
      return fail(ErrorCode::BadRequest, "the JSON has more than {} keys", limits_.keys);
    }
    keys.push_back(key);
    Value value = field.value();
    if (auto taken = on_field(key, value); !taken) return taken;
  }
  return check_keys(keys);
}

template <class OnItem>
Result<void> ScanWalk::array(Value& value,
                             std::string_view name,
                             std::string_view what,
                             OnItem&& on_item) {
  if (auto fits = expect(value, Type::array, name, what); !fits) return fits;
  if (auto entered = enter(); !entered) return entered;
  simdjson::ondemand::array array;
  if (const auto code = value.get_array().get(array)) return broken(code);
  for (auto found : array) {
    Value item;
    if (const auto code = found.get(item)) return broken(code);
    if (auto taken = on_item(item); !taken) return taken;
  }
  leave();
  return {};
}

}  // namespace suan::web_api
