#include "bench/spec_reader.h"

#include <algorithm>
#include <cmath>

#include "catalog/types/text.h"

namespace suan::bench {

namespace {

constexpr uint64_t kIntegerMax = uint64_t{1} << 53U;

/// Line of the first `"key"` in the text, from 1; 0: it is not there.
size_t line_of(std::string_view text, std::string_view key) {
  const size_t at = text.find('"' + std::string(key) + '"');
  if (at == std::string_view::npos) {
    return 0;
  }
  return 1 + static_cast<size_t>(std::ranges::count(text.substr(0, at), '\n'));
}

std::optional<uint64_t> whole_number(const Json& json) {
  if (json.is_number_unsigned()) {
    return json.get<uint64_t>();
  }
  const double value = json.is_number_float() ? json.get<double>() : -1.0;
  // 2.0 is a whole number in JSON, too.
  if (value >= 0 && value <= static_cast<double>(kIntegerMax) && value == std::floor(value)) {
    return static_cast<uint64_t>(value);
  }
  return std::nullopt;
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) {
    text += (text.empty() ? "" : ", ") + std::string(word);
  }
  return text;
}

}  // namespace

void SpecFaults::add(const std::string& path, std::string_view key, const std::string& what) {
  if (first_) {
    return;
  }
  // Objects of a list share their keys: the first in the text may be another's.
  const bool is_in_list = path.find('[') != std::string::npos;
  const size_t line = is_in_list ? 0 : line_of(text_, key);
  const std::string where = line == 0 ? "" : fmt::format(" (line {})", line);
  first_ = Error{ErrorCode::BadRequest, fmt::format("{}{}: {}", path, where, what), path};
}

SpecObject::SpecObject(const Json* json,
                       std::string path,
                       SpecFaults& faults,
                       std::vector<std::string_view> known)
    : json_(json), path_(std::move(path)), faults_(&faults) {
  if (json_ == nullptr) {
    return;
  }
  if (!json_->is_object()) {
    faults_->add(path_.empty() ? "the specification" : path_, path_, "must be an object");
    json_ = nullptr;
    return;
  }
  for (const auto& [key, value] : json_->items()) {
    if (std::ranges::find(known, key) == known.end()) {
      const std::string_view near = nearest(key, known);
      fault(key, near.empty() ? fmt::format("unknown key; known are {}", joined(known))
                              : fmt::format("unknown key; did you mean {}?", near));
    }
  }
}

void SpecObject::read(std::string_view key, double& out, double min, double max) {
  const Json* value = find(key);
  if (value == nullptr) {
    return;
  }
  const double number = value->is_number() ? value->get<double>() : std::nan("");
  if (!(number >= min && number <= max)) {
    fault(key, fmt::format("must be a number from {} to {}", min, max));
    return;
  }
  out = number;
}

void SpecObject::read(std::string_view key, uint64_t& out, uint64_t min, uint64_t max) {
  const Json* value = find(key);
  if (value == nullptr) {
    return;
  }
  const auto number = whole_number(*value);
  if (!number || *number < min || *number > max) {
    fault(key, fmt::format("must be a whole number from {} to {}", min, max));
    return;
  }
  out = *number;
}

void SpecObject::read(std::string_view key, uint32_t& out, uint32_t min, uint32_t max) {
  uint64_t wide = out;
  read(key, wide, uint64_t{min}, uint64_t{max});
  out = static_cast<uint32_t>(wide);
}

void SpecObject::read(std::string_view key, bool& out) {
  const Json* value = find(key);
  if (value == nullptr) {
    return;
  }
  if (!value->is_boolean()) {
    fault(key, "must be true or false");
    return;
  }
  out = value->get<bool>();
}

void SpecObject::read(std::string_view key, std::string& out, size_t bytes_max) {
  const Json* value = find(key);
  if (value == nullptr) {
    return;
  }
  if (!value->is_string() || value->get_ref<const std::string&>().size() > bytes_max) {
    fault(key, fmt::format("must be a text of at most {} bytes", bytes_max));
    return;
  }
  out = value->get<std::string>();
}

void SpecObject::read(std::string_view key, std::vector<std::string>& out, size_t entries_max) {
  const Json* value = find(key);
  if (value == nullptr) {
    return;
  }
  const auto is_text = [](const Json& each) { return each.is_string(); };
  if (!value->is_array() || value->empty() || value->size() > entries_max ||
      !std::ranges::all_of(*value, is_text)) {
    fault(key, fmt::format("must be a list of 1 to {} texts", entries_max));
    return;
  }
  out = value->get<std::vector<std::string>>();
}

void SpecObject::read(std::string_view key, std::vector<double>& out, double min, double max) {
  const Json* value = find(key);
  if (value == nullptr) {
    return;
  }
  const auto fits = [&](const Json& each) {
    return each.is_number() && each.get<double>() >= min && each.get<double>() <= max;
  };
  if (!value->is_array() || value->empty() || value->size() > 100 ||
      !std::ranges::all_of(*value, fits)) {
    fault(key, fmt::format("must be a list of 1 to 100 numbers from {} to {}", min, max));
    return;
  }
  out = value->get<std::vector<double>>();
}

void SpecObject::read_choice(std::string_view key,
                             size_t& out,
                             const std::vector<std::string_view>& choices) {
  const Json* value = find(key);
  if (value == nullptr) {
    return;
  }
  const auto found = value->is_string()
                         ? std::ranges::find(choices, value->get_ref<const std::string&>())
                         : choices.end();
  if (found == choices.end()) {
    fault(key, fmt::format("must be one of {}", joined(choices)));
    return;
  }
  out = static_cast<size_t>(found - choices.begin());
}

void SpecObject::require(std::string_view key) {
  if (find(key) == nullptr) {
    fault(key, "is missing");
  }
}

const Json* SpecObject::find(std::string_view key) const {
  if (json_ == nullptr) {
    return nullptr;
  }
  const auto found = json_->find(std::string(key));
  return found == json_->end() ? nullptr : &*found;
}

SpecObject SpecObject::child(std::string_view key, std::vector<std::string_view> known) const {
  return {find(key), path_of(key), *faults_, std::move(known)};
}

std::vector<SpecObject> SpecObject::children(std::string_view key,
                                             const std::vector<std::string_view>& known,
                                             size_t entries_max) const {
  const Json* list = find(key);
  std::vector<SpecObject> children;
  if (list == nullptr) {
    return children;
  }
  if (!list->is_array() || list->size() > entries_max) {
    fault(key, fmt::format("must be a list of at most {} objects", entries_max));
    return children;
  }
  for (size_t i = 0; i < list->size(); ++i) {
    const std::string path = fmt::format("{}[{}]", path_of(key), i);
    if (!(*list)[i].is_object()) {
      faults_->add(path, key, "must be an object");
      continue;
    }
    children.emplace_back(&(*list)[i], path, *faults_, known);
  }
  return children;
}

void SpecObject::fault(std::string_view key, const std::string& what) const {
  faults_->add(path_of(key), key, what);
}

std::string SpecObject::path_of(std::string_view key) const {
  return path_.empty() ? printable(key) : path_ + "." + printable(key);
}

}  // namespace suan::bench
