#include "catalog/types/json_fields.h"

#include <limits>

namespace suan {

namespace {

/// `json` as an integer of type T, if it is one and fits.
template <class T>
std::optional<T> integer_of(const Json& json) {
  if (json.is_number_unsigned()) {
    const auto value = json.get<uint64_t>();
    if (value > static_cast<uint64_t>(std::numeric_limits<T>::max())) return std::nullopt;
    return static_cast<T>(value);
  }
  if (!json.is_number_integer()) return std::nullopt;
  const auto value = json.get<int64_t>();
  if (value < static_cast<int64_t>(std::numeric_limits<T>::min())) return std::nullopt;
  if (value >= 0) return integer_of<T>(Json(static_cast<uint64_t>(value)));
  return static_cast<T>(value);
}

}  // namespace

JsonFields::JsonFields(const Json& object) : object_(object) {
  if (!object.is_object()) error_ = Error{ErrorCode::BadRequest, "must be a JSON object", {}};
}

const Json* JsonFields::find(const char* name) const {
  if (error_) return nullptr;
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

void JsonFields::refuse(const char* name, std::string_view what) {
  if (error_) return;
  error_ = Error{ErrorCode::BadRequest, fmt::format("{} must be {}", name, what), name};
}

void JsonFields::read(const char* name, bool& out) {
  const Json* value = find(name);
  if (value == nullptr) return;
  if (!value->is_boolean()) return refuse(name, "true or false");
  out = value->get<bool>();
}

void JsonFields::read(const char* name, double& out) {
  const Json* value = find(name);
  if (value == nullptr) return;
  if (!value->is_number()) return refuse(name, "a number");
  out = value->get<double>();
}

void JsonFields::read(const char* name, uint32_t& out) {
  const Json* value = find(name);
  if (value == nullptr) return;
  const auto integer = integer_of<uint32_t>(*value);
  if (!integer) return refuse(name, "a whole number from 0 to 4294967295");
  out = *integer;
}

void JsonFields::read(const char* name, uint64_t& out) {
  const Json* value = find(name);
  if (value == nullptr) return;
  const auto integer = integer_of<uint64_t>(*value);
  if (!integer) return refuse(name, "a whole number from 0 to 2^64-1");
  out = *integer;
}

void JsonFields::read(const char* name, int64_t& out) {
  const Json* value = find(name);
  if (value == nullptr) return;
  const auto integer = integer_of<int64_t>(*value);
  if (!integer) return refuse(name, "a whole number of 64 bits");
  out = *integer;
}

void JsonFields::read(const char* name, std::string& out) {
  const Json* value = find(name);
  if (value == nullptr) return;
  if (!value->is_string()) return refuse(name, "a text");
  out = value->get_ref<const std::string&>();
}

void JsonFields::read(const char* name, std::vector<std::string>& out) {
  const Json* value = find(name);
  if (value == nullptr) return;
  if (!value->is_array()) return refuse(name, "an array of texts");
  std::vector<std::string> texts;
  for (const Json& item : *value) {
    if (!item.is_string()) return refuse(name, "an array of texts");
    texts.push_back(item.get_ref<const std::string&>());
  }
  out = std::move(texts);
}

void JsonFields::read(const char* name, std::vector<uint32_t>& out) {
  const Json* value = find(name);
  if (value == nullptr) return;
  if (!value->is_array()) return refuse(name, "an array of whole numbers");
  std::vector<uint32_t> numbers;
  for (const Json& item : *value) {
    const auto integer = integer_of<uint32_t>(item);
    if (!integer) return refuse(name, "an array of whole numbers from 0 to 4294967295");
    numbers.push_back(*integer);
  }
  out = std::move(numbers);
}

}  // namespace suan
