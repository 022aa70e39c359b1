#include "engine/weights/json_settings.h"

#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

constexpr size_t kSettingsMax = 65'536;
constexpr uint32_t kDepthMax = 4;

}  // namespace

void JsonSettings::add(std::span<const JsonStep> path, const JsonScalar& value) {
  if (values_.size() >= kSettingsMax) {
    refuse(file_, "has more than {} settings", kSettingsMax);
  }
  values_.emplace(path_text(path), value);
}

std::string JsonSettings::text(const std::string& path) const {
  const auto found = values_.find(path);
  if (found == values_.end() || found->second.kind == JsonScalar::Kind::Null) return {};
  if (found->second.kind != JsonScalar::Kind::Text) {
    refuse(file_, "{} is no text", in_quotes(path));
  }
  return found->second.text;
}

std::optional<bool> JsonSettings::truth(const std::string& path) const {
  const auto found = values_.find(path);
  if (found == values_.end() || found->second.kind == JsonScalar::Kind::Null) return {};
  if (found->second.kind != JsonScalar::Kind::Bool) {
    refuse(file_, "{} is neither true nor false", in_quotes(path));
  }
  return found->second.truth;
}

bool JsonSettings::has(const std::string& path) const {
  const auto found = values_.find(path);
  return found != values_.end() && found->second.kind != JsonScalar::Kind::Null;
}

bool JsonSettings::has_under(const std::string& path) const {
  const auto found = values_.lower_bound(path + '.');
  return has(path) || (found != values_.end() && found->first.starts_with(path + '.'));
}

std::vector<std::string> JsonSettings::steps(const std::string& path,
                                             const std::string& list) const {
  std::vector<std::string> steps;
  if (has_under(path)) add_steps(path, list, 0, steps);
  return steps;
}

void JsonSettings::add_steps(const std::string& path,
                             const std::string& list,
                             uint32_t depth,
                             std::vector<std::string>& steps) const {
  if (depth > kDepthMax) refuse(file_, "{} is nested too deep", in_quotes(path));
  if (text(path + ".type") != "Sequence") {
    steps.push_back(path);
    return;
  }
  for (size_t i = 0;; ++i) {
    const std::string step = fmt::format("{}.{}.{}", path, list, i);
    if (!has_under(step)) return;
    add_steps(step, list, depth + 1, steps);
  }
}

}  // namespace suan::engine
