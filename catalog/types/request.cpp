#include "catalog/types/request.h"

#include <array>

namespace suan {

namespace {

constexpr std::array<std::string_view, 4> kPolicies{
    "balanced", "latency", "cost", "throughput"};
constexpr std::array<std::string_view, 2> kPriorities{"interactive", "batch"};
constexpr std::array<std::string_view, 3> kClasses{"paid", "free", "batch"};

}  // namespace

std::string_view to_string(Policy policy) { return kPolicies.at(static_cast<size_t>(policy)); }

std::optional<Policy> policy_of(std::string_view name) {
  for (size_t i = 0; i < kPolicies.size(); ++i) {
    if (kPolicies[i] == name) return static_cast<Policy>(i);
  }
  return std::nullopt;
}

std::string_view to_string(Priority priority) {
  return kPriorities.at(static_cast<size_t>(priority));
}

std::optional<Priority> priority_of(std::string_view name) {
  for (size_t i = 0; i < kPriorities.size(); ++i) {
    if (kPriorities[i] == name) return static_cast<Priority>(i);
  }
  return std::nullopt;
}

std::string_view to_string(ServiceClass service_class) {
  return kClasses.at(static_cast<size_t>(service_class));
}

}  // namespace suan
