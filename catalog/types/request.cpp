#include "catalog/types/request.h"

#include "catalog/types/names.h"

namespace suan {

namespace {

constexpr auto kPolicies = name_table<Policy>("balanced", "latency", "cost", "throughput");
constexpr auto kPriorities = name_table<Priority>("interactive", "batch");
constexpr auto kServiceClasses = name_table<ServiceClass>("paid", "free", "batch");

}  // namespace

std::string_view to_string(Policy policy) {
  return kPolicies.name_of(policy);
}

std::optional<Policy> policy_of(std::string_view name) {
  return kPolicies.value_of(name);
}

std::string_view to_string(Priority priority) {
  return kPriorities.name_of(priority);
}

std::optional<Priority> priority_of(std::string_view name) {
  return kPriorities.value_of(name);
}

std::string_view to_string(ServiceClass service_class) {
  return kServiceClasses.name_of(service_class);
}

}  // namespace suan
