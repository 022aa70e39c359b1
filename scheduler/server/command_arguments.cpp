#include "scheduler/server/command_arguments.h"

#include <set>

#include <fmt/core.h>

#include "catalog/types/json.h"
#include "catalog/types/text.h"

namespace suan::scheduler {

namespace {

constexpr size_t kTextMax = 200;
constexpr size_t kTextsMax = 1'000;

}  // namespace

struct Arguments::State {
  Json json = Json::object();
  std::set<std::string, std::less<>> asked;
  std::optional<Error> error;

  const Json* find(std::string_view name) {
    asked.emplace(name);
    const auto found = json.find(name);
    return found == json.end() || found->is_null() ? nullptr : &*found;
  }

  void blame(std::string_view name, std::string message) {
    if (error) return;
    error = Error{ErrorCode::BadRequest, fmt::format("\"{}\" {}", name, message),
                  std::string(name)};
  }

  /// A text within limits, else "" and an error.
  std::string text_of(std::string_view name, const Json& value) {
    if (value.is_string()) {
      const auto& text = value.get_ref<const std::string&>();
      if (!text.empty() && text.size() <= kTextMax && printable(text) == text) return text;
    }
    blame(name, fmt::format("must be a plain text of 1 to {} bytes", kTextMax));
    return "";
  }
};

Arguments::Arguments(std::string_view json) : state_(std::make_unique<State>()) {
  Result<Json> parsed = parse_json(json.empty() ? "{}" : json);
  if (!parsed) {
    state_->error = parsed.error();
  } else if (!parsed->is_object()) {
    state_->error = Error{ErrorCode::BadRequest, "the arguments must be an object", {}};
  } else {
    state_->json = *std::move(parsed);
  }
}

Arguments::~Arguments() = default;

std::string Arguments::text(std::string_view name) {
  const Json* value = state_->find(name);
  if (value != nullptr) return state_->text_of(name, *value);
  state_->blame(name, "is missing");
  return "";
}

std::string Arguments::optional_text(std::string_view name) {
  const Json* value = state_->find(name);
  return value == nullptr ? "" : state_->text_of(name, *value);
}

std::optional<int64_t> Arguments::integer(std::string_view name, int64_t min, int64_t max) {
  const Json* value = state_->find(name);
  if (value == nullptr) return std::nullopt;
  const bool is_small_enough =
      !value->is_number_unsigned() || value->get<uint64_t>() <= uint64_t{INT64_MAX};
  if (value->is_number_integer() && is_small_enough) {
    const auto number = value->get<int64_t>();
    if (number >= min && number <= max) return number;
  }
  state_->blame(name, fmt::format("must be an integer from {} to {}", min, max));
  return std::nullopt;
}

bool Arguments::flag(std::string_view name) {
  const Json* value = state_->find(name);
  if (value == nullptr) return false;
  if (!value->is_boolean()) {
    state_->blame(name, "must be true or false");
    return false;
  }
  return value->get<bool>();
}

std::vector<std::string> Arguments::texts(std::string_view name) {
  const Json* value = state_->find(name);
  std::vector<std::string> texts;
  if (value == nullptr) return texts;
  if (!value->is_array() || value->size() > kTextsMax) {
    state_->blame(name, fmt::format("must be a list of at most {} texts", kTextsMax));
    return texts;
  }
  for (const Json& entry : *value)
    texts.push_back(state_->text_of(name, entry));
  return texts;
}

std::string Arguments::object_or_text(std::string_view name) {
  const Json* value = state_->find(name);
  if (value != nullptr && value->is_object()) return dump_json(*value);
  if (value != nullptr && value->is_string()) return value->get<std::string>();
  state_->blame(name, "must be an object");
  return "";
}

std::optional<Error> Arguments::error() const {
  if (state_->error) return state_->error;
  std::vector<std::string_view> known(state_->asked.begin(), state_->asked.end());
  for (const auto& [name, value] : state_->json.items()) {
    if (state_->asked.contains(name)) continue;
    const std::string_view near = nearest(name, known);
    return Error{ErrorCode::BadRequest,
                 near.empty() ? fmt::format("unknown field \"{}\"", printable(name, 80))
                              : fmt::format("unknown field \"{}\": did you mean \"{}\"?",
                                            printable(name, 80), near),
                 printable(name, 80)};
  }
  return std::nullopt;
}

}  // namespace suan::scheduler
