#include "scheduler/planning/capacity/service_relaxation.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace suan::scheduler {
namespace {

// More than any cell asks for: a full arc's price would not count in its cell's.
constexpr int64_t kUnlimited = int64_t{1} << 41;

int64_t whole(double value) {
  return std::llround(value);
}

}  // namespace

ServiceRelaxation::ServiceRelaxation(const SearchService& service)
    : service_(&service), counts_(service.size()), cell_prices_(service.cells()) {}

void ServiceRelaxation::solve(const std::vector<double>& rents) {
  assert(rents.size() == service_->size());
  solve_by_choice(rents);
  for (uint32_t option = 0; option < service_->size(); ++option) {
    if (counts_[option] <= service_->options[option].count_max) continue;
    if (!flow_) build_flow();
    solve_by_flow(rents);
    return;
  }
}

/// Nodes: cells, options, a sink.
void ServiceRelaxation::build_flow() {
  const uint32_t cells = service_->cells();
  const uint32_t sink = cells + service_->size();
  FlowProblem problem{.supply = std::vector<int64_t>(size_t{sink} + 1)};
  for (uint32_t cell = 0; cell < cells; ++cell) {
    problem.supply[cell] = whole(service_->demand[cell]);
    problem.supply[sink] -= problem.supply[cell];
  }
  for (uint32_t option = 0; option < service_->size(); ++option) {
    for (uint32_t cell = 0; cell < cells; ++cell) {
      if (service_->costs_of(option)[cell] >= service_->unmet[cell]) continue;
      problem.arcs.push_back({.from = cell,
                              .to = cells + option,
                              .capacity = kUnlimited,
                              .cost = whole(service_->costs_of(option)[cell])});
    }
  }
  first_rented_ = static_cast<uint32_t>(problem.arcs.size());
  const auto demand = static_cast<double>(-problem.supply[sink]);
  for (uint32_t i = 0; i < service_->size(); ++i) {
    const SearchOption& option = service_->options[i];
    problem.arcs.push_back(
        {.from = cells + i,
         .to = sink,
         .capacity = whole(std::min(option.count_max * option.capacity, demand)),
         .cost = 0});
  }
  first_unmet_ = static_cast<uint32_t>(problem.arcs.size());
  for (uint32_t cell = 0; cell < cells; ++cell)
    problem.arcs.push_back({.from = cell,
                            .to = sink,
                            .capacity = kUnlimited,
                            .cost = whole(service_->unmet[cell])});
  flow_.emplace(problem);
}

void ServiceRelaxation::solve_by_choice(const std::vector<double>& rents) {
  const SearchService& service = *service_;
  std::ranges::fill(counts_, 0);
  cell_prices_ = service.unmet;
  chosen_.assign(service.cells(), service.size());
  for (uint32_t option = 0; option < service.size(); ++option) {
    const double* costs = service.costs_of(option);
    const double rent = rents[option] / service.options[option].capacity;
    for (uint32_t cell = 0; cell < service.cells(); ++cell) {
      const double price = costs[cell] + rent;
      chosen_[cell] = price < cell_prices_[cell] ? option : chosen_[cell];
      cell_prices_[cell] = std::min(cell_prices_[cell], price);
    }
  }
  cost_ = 0;
  for (uint32_t cell = 0; cell < service.cells(); ++cell) {
    cost_ += service.demand[cell] * cell_prices_[cell];
    if (chosen_[cell] == service.size()) continue;
    counts_[chosen_[cell]] += service.demand[cell] / service.options[chosen_[cell]].capacity;
  }
}

void ServiceRelaxation::solve_by_flow(const std::vector<double>& rents) {
  for (uint32_t i = 0; i < service_->size(); ++i)
    flow_->set_cost(first_rented_ + i, whole(rents[i] / service_->options[i].capacity));
  const FlowSolution solution = flow_->solve();
  // What is not served has arcs of its own, and `check` keeps the numbers small.
  assert(solution.status == FlowStatus::Optimal);
  cost_ = static_cast<double>(solution.cost);
  for (uint32_t i = 0; i < service_->size(); ++i) {
    counts_[i] =
        static_cast<double>(solution.flow[first_rented_ + i]) / service_->options[i].capacity;
  }
  const int64_t sink = solution.potential.back();
  for (uint32_t cell = 0; cell < service_->cells(); ++cell) {
    const auto price = static_cast<double>(sink - solution.potential[cell]);
    cell_prices_[cell] = std::clamp(price, 0.0, service_->unmet[cell]);
  }
}

}  // namespace suan::scheduler
