#include "scheduler/planning/capacity/replicas.h"

namespace suan::scheduler {
namespace {

constexpr double kHalfThousandth = 0.5;  // devices are whole thousandths: only rounding is less

}  // namespace

Replicas::Replicas(const SearchProblem& problem) : problem_(&problem), free_(problem.devices) {
  traffic_.reserve(problem.services.size());
  for (const SearchService& service : problem.services)
    traffic_.emplace_back(service);
}

bool Replicas::may_grow(uint32_t service, uint32_t option) const {
  return traffic_[service].count(option) < this->option(service, option).count_max;
}

bool Replicas::can_add(uint32_t service, uint32_t option) const {
  const SearchOption& wanted = this->option(service, option);
  return may_grow(service, option) && free_[wanted.pool] + kHalfThousandth >= wanted.devices;
}

void Replicas::add(uint32_t service, uint32_t option) {
  traffic_[service].add(option);
  const SearchOption& added = this->option(service, option);
  free_[added.pool] -= added.devices;
}

void Replicas::drop(uint32_t service, uint32_t option) {
  traffic_[service].drop(option);
  const SearchOption& dropped = this->option(service, option);
  free_[dropped.pool] += dropped.devices;
}

double Replicas::cost() const {
  double sum = 0;
  for (const Traffic& each : traffic_)
    sum += each.cost();
  return sum;
}

}  // namespace suan::scheduler
