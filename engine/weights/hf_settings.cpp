#include "engine/weights/hf_settings.h"

#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

using Kind = JsonScalar::Kind;

/// Of any released model the settings are some hundreds.
constexpr JsonLimits kLimits{.bytes = 1 << 20, .depth = 8, .values = 1 << 16};

}  // namespace

HfSettings::HfSettings(const SourceFile& file) : file_(file.name) {
  const std::string_view text(reinterpret_cast<const char*>(file.bytes.data()),
                              file.bytes.size());
  walk_json(file_, text, kLimits, [&](auto path, const JsonScalar& value) {
    if (value.kind != Kind::Null) values_.emplace(path_text(path), value);
  });
}

uint32_t HfSettings::whole(const std::string& path) const {
  const JsonScalar& value = field(path);
  if (value.kind != Kind::Whole || value.whole > INT32_MAX) {
    refuse(file_, "{} is no whole number from 0 to {}", path, INT32_MAX);
  }
  return static_cast<uint32_t>(value.whole);
}

uint32_t HfSettings::whole_or(const std::string& path, uint32_t otherwise) const {
  return has(path) ? whole(path) : otherwise;
}

float HfSettings::real(const std::string& path) const {
  const JsonScalar& value = field(path);
  if (value.kind != Kind::Whole && value.kind != Kind::Real) {
    refuse(file_, "{} is no number", path);
  }
  return static_cast<float>(value.real);
}

float HfSettings::real_or(const std::string& path, float otherwise) const {
  return has(path) ? real(path) : otherwise;
}

bool HfSettings::truth(const std::string& path) const {
  const JsonScalar& value = field(path);
  if (value.kind != Kind::Bool) refuse(file_, "{} is neither true nor false", path);
  return value.truth;
}

bool HfSettings::truth_or(const std::string& path, bool otherwise) const {
  return has(path) ? truth(path) : otherwise;
}

std::string HfSettings::text(const std::string& path) const {
  const JsonScalar& value = field(path);
  if (value.kind != Kind::Text) refuse(file_, "{} is no text", path);
  return value.text;
}

std::string HfSettings::text_or(const std::string& path, std::string_view otherwise) const {
  return has(path) ? text(path) : std::string(otherwise);
}

std::vector<uint32_t> HfSettings::wholes(const std::string& path) const {
  if (has(path)) return {whole(path)};
  std::vector<uint32_t> numbers;
  for (size_t i = 0; has(fmt::format("{}.{}", path, i)); ++i)
    numbers.push_back(whole(fmt::format("{}.{}", path, i)));
  return numbers;
}

bool HfSettings::has_under(const std::string& path) const {
  const auto below = values_.lower_bound(path + '.');
  return has(path) || (below != values_.end() && below->first.starts_with(path + '.'));
}

void HfSettings::require(const std::string& path, std::string_view expected) const {
  const std::string stated = text(path);
  if (stated == expected) return;
  refuse(file_, "{} is {}; {} is supported", path, in_quotes(stated), in_quotes(expected));
}

void HfSettings::require_absent_or(const std::string& path, bool expected) const {
  if (truth_or(path, expected) == expected) return;
  refuse(file_, "{} is {}, which is not supported", path, !expected);
}

const JsonScalar* HfSettings::found(const std::string& path) const {
  const auto at = values_.find(path);
  return at != values_.end() ? &at->second : nullptr;
}

const JsonScalar& HfSettings::field(const std::string& path) const {
  const JsonScalar* value = found(path);
  if (value == nullptr) refuse(file_, "{} is missing", path);
  return *value;
}

}  // namespace suan::engine
