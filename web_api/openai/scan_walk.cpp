#include "web_api/openai/scan_walk.h"

#include <limits>

namespace suan::web_api {

tl::unexpected<Error> must_be(std::string_view param, std::string_view what) {
  return fail_param(ErrorCode::BadRequest, std::string(param), "{} must be {}", param, what);
}

size_t ScanWalk::bytes_walked() {
  const char* at = nullptr;
  if (document_.current_location().get(at)) return 0;
  return static_cast<size_t>(at - text_);
}

Result<void> ScanWalk::read(Value& value, std::string_view name, std::string_view& out) {
  if (auto fits = expect(value, Type::string, name, "a text"); !fits) return fits;
  if (auto counted = count_value(); !counted) return counted;
  if (const auto code = value.get_string().get(out)) return broken(code);
  return {};
}

Result<void> ScanWalk::read(Value& value, std::string_view name, double& out) {
  if (auto fits = expect(value, Type::number, name, "a number"); !fits) return fits;
  if (auto checked = check_number(value); !checked) return checked;
  if (const auto code = value.get_double().get(out)) return broken(code);
  return {};
}

Result<void> ScanWalk::read(Value& value, std::string_view name, uint32_t& out) {
  constexpr std::string_view kWhat = "a whole number from 0 up";
  if (auto fits = expect(value, Type::number, name, kWhat); !fits) return fits;
  if (auto checked = check_number(value); !checked) return checked;
  uint64_t number = 0;
  const bool is_whole = value.get_uint64().get(number) == simdjson::SUCCESS;
  if (!is_whole || number > std::numeric_limits<uint32_t>::max()) return must_be(name, kWhat);
  out = static_cast<uint32_t>(number);
  return {};
}

Result<void> ScanWalk::read(Value& value, std::string_view name, bool& out) {
  if (auto fits = expect(value, Type::boolean, name, "true or false"); !fits) return fits;
  if (auto counted = count_value(); !counted) return counted;
  if (const auto code = value.get_bool().get(out)) return broken(code);
  return {};
}

Result<void> ScanWalk::read_seed(Value& value, uint64_t& out) {
  constexpr std::string_view kWhat = "a whole number of 64 bits";
  if (auto fits = expect(value, Type::number, "seed", kWhat); !fits) return fits;
  if (auto checked = check_number(value); !checked) return checked;
  int64_t number = 0;
  if (value.get_int64().get(number) == simdjson::SUCCESS) {
    out = static_cast<uint64_t>(number);
    return {};
  }
  if (value.get_uint64().get(out) != simdjson::SUCCESS) return must_be("seed", kWhat);
  return {};
}

Result<void> ScanWalk::skip(Value& value) {
  const auto type = type_of(value);
  if (!type) return forward(type.error());
  switch (*type) {
    case Type::object:
      return object(value, "", "",
                    [this](std::string_view, Value& item) { return skip(item); });
    case Type::array:
      return array(value, "", "", [this](Value& item) { return skip(item); });
    case Type::string: {
      std::string_view text;
      return read(value, "", text);
    }
    case Type::number: {
      double number = 0;
      return read(value, "", number);
    }
    case Type::boolean: {
      bool flag = false;
      return read(value, "", flag);
    }
    case Type::null:
      break;
  }
  bool is_null = false;
  if (const auto code = value.is_null().get(is_null)) return broken(code);
  if (!is_null) return broken(simdjson::N_ATOM_ERROR);
  return count_value();
}

Result<ScanWalk::Type> ScanWalk::type_of(Value& value) {
  Type type{};
  if (const auto code = value.type().get(type)) return broken(code);
  return type;
}

tl::unexpected<Error> ScanWalk::broken(simdjson::error_code code) {
  return fail(ErrorCode::BadRequest, "the body is no valid JSON: {}",
              simdjson::error_message(code));
}

Result<void> ScanWalk::expect(Value& value,
                              Type type,
                              std::string_view name,
                              std::string_view what) {
  const auto found = type_of(value);
  if (!found) return forward(found.error());
  if (*found == type) return {};
  return must_be(name, what);
}

Result<void> ScanWalk::count_value() {
  if (++values_ <= limits_.values) return {};
  return fail(ErrorCode::BadRequest, "the JSON has more than {} values", limits_.values);
}

Result<void> ScanWalk::check_number(Value& value) {
  if (auto counted = count_value(); !counted) return counted;
  std::string_view token = value.raw_json_token();  // up to the next token, with white space
  while (!token.empty() &&
         std::string_view(" \n\r\t").find(token.back()) != std::string::npos) {
    token.remove_suffix(1);
  }
  if (token.size() <= limits_.number_characters) return {};
  return fail(ErrorCode::BadRequest, "a number in the JSON has more than {} characters",
              limits_.number_characters);
}

/// By sorting, so that no choice of keys makes it slow.
Result<void> ScanWalk::check_keys(std::vector<std::string_view>& keys) {
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) == keys.end()) return {};
  return fail(ErrorCode::BadRequest, "an object of the JSON has one key twice");
}

Result<void> ScanWalk::enter() {
  if (auto counted = count_value(); !counted) return counted;
  if (++depth_ <= limits_.depth) return {};
  return fail(ErrorCode::BadRequest, "the JSON is nested more than {} deep", limits_.depth);
}

}  // namespace suan::web_api
