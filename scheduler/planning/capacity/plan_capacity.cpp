#include "scheduler/planning/capacity/plan_capacity.h"

#include <cmath>
#include <cstdlib>
#include <utility>

#include "scheduler/planning/capacity/certify_capacity.h"
#include "scheduler/planning/capacity/joint_prices.h"
#include "scheduler/planning/capacity/pool_prices.h"
#include "scheduler/planning/capacity/replicas.h"
#include "scheduler/planning/capacity/service_flow.h"

namespace suan::scheduler {
namespace {

constexpr int kPassesMax = 8;
constexpr int kPassesAgain = 2;
constexpr int kRounds = 4;
constexpr int kRoundsAgain = 1;

/// With prices, then without, by turns: prices move traffic away from what is scarce, and without
/// them it takes what is left.
void look_around(Replicas& replicas, const PoolPrices& prices, int passes) {
  const PoolPrices free_of_charge(prices.size());
  for (int pass = 0; pass < passes; ++pass) {
    const uint32_t exchanged = exchange(replicas);
    const uint32_t improved = improve(replicas, pass % 2 == 0 ? prices : free_of_charge);
    if (exchanged + improved == 0) return;
  }
}

Wide cost_of(const ServiceDemand& demand, const ServicePlan& plan) {
  Wide cost = 0;
  const size_t cells = demand.cells.size();
  for (size_t i = 0; i < demand.options.size(); ++i) {
    const CapacityOption& option = demand.options[i];
    const int64_t moved = std::abs(plan.counts[i] - int64_t{option.present});
    cost +=
        (Wide{plan.counts[i]} * option.fixed_n_per_s + Wide{moved} * option.switch_n_per_s) *
        kFemtoPerNano;
    for (size_t cell = 0; cell < cells; ++cell) {
      const int64_t flow = plan.flow_milli[i * cells + cell];
      if (flow > 0) cost += Wide{flow} * demand.cost_p_per_etok[i * cells + cell];
    }
  }
  for (size_t cell = 0; cell < cells; ++cell)
    cost += Wide{plan.unmet_milli[cell]} * demand.cells[cell].unmet_p_per_etok;
  return cost;
}

/// The replicas, with the best traffic for them.
CapacityPlan route(const CapacityProblem& problem, const Replicas& replicas) {
  CapacityPlan plan;
  for (uint32_t i = 0; i < replicas.services(); ++i) {
    const ServiceDemand& demand = problem.services[i];
    std::vector<int64_t> counts;
    for (uint32_t option = 0; option < demand.options.size(); ++option)
      counts.push_back(std::llround(replicas.traffic(i).count(option)));
    plan.services.push_back(route_service(demand, std::move(counts)));
    plan.cost_f_per_s += cost_of(demand, plan.services.back());
  }
  return plan;
}

Replicas grown(const SearchProblem& search, const PoolPrices& prices) {
  Replicas replicas(search);
  grow(replicas, prices);
  return replicas;
}

/// What `last` had, as far as there is room for it.
Replicas resumed(const SearchProblem& search,
                 const CapacityPlan& last,
                 const PoolPrices& prices) {
  Replicas replicas(search);
  for (uint32_t i = 0; i < replicas.services() && i < last.services.size(); ++i) {
    const std::vector<int64_t>& counts = last.services[i].counts;
    for (uint32_t option = 0; option < search.services[i].size() && option < counts.size();
         ++option) {
      for (int64_t n = 0; n < counts[option] && replicas.can_add(i, option); ++n)
        replicas.add(i, option);
    }
  }
  grow(replicas, prices);
  return replicas;
}

PoolPrices prices_of(const CapacityPlan& last) {
  PoolPrices prices;
  for (const int64_t price : last.prices.pool_n_per_device_s)
    prices.push_back(static_cast<double>(price) * kFemtoPerNanoMilli);
  return prices;
}

void prove(const CapacityProblem& problem, CapacityPrices prices, CapacityPlan& plan) {
  plan.prices = std::move(prices);
  plan.bound_f_per_s = proven_bound(problem, plan.prices);
}

CapacityPlan plan_anew(const CapacityProblem& problem) {
  const SearchProblem search = search_problem(problem);
  const PoolPrices prices = price_pools(search);
  Replicas replicas = grown(search, prices);
  look_around(replicas, prices, kPassesMax);
  CapacityPlan plan = route(problem, replicas);
  Replicas greedy = grown(search, PoolPrices(prices.size()));
  if (CapacityPlan other = route(problem, greedy); other.cost_f_per_s < plan.cost_f_per_s) {
    plan = std::move(other);
    replicas = std::move(greedy);
  }
  prove(problem, price_cells(replicas, prices, kRounds), plan);
  return plan;
}

CapacityPlan plan_again(const CapacityProblem& problem, const CapacityPlan& last) {
  const SearchProblem search = search_problem(problem);
  const PoolPrices prices = prices_of(last);
  Replicas replicas = resumed(search, last, prices);
  look_around(replicas, prices, kPassesAgain);
  CapacityPlan plan = route(problem, replicas);
  prove(problem, price_cells(replicas, prices, kRoundsAgain, last.prices), plan);
  return plan;
}

}  // namespace

Result<CapacityPlan> plan_capacity(const CapacityProblem& problem, const CapacityPlan* last) {
  if (const auto result = check(problem); !result) return forward(result.error());
  const bool can_resume = last != nullptr && last->services.size() == problem.services.size() &&
                          last->prices.pool_n_per_device_s.size() == problem.pools.size();
  return can_resume ? plan_again(problem, *last) : plan_anew(problem);
}

Result<CapacityPlan> plan_greedily(const CapacityProblem& problem) {
  if (const auto result = check(problem); !result) return forward(result.error());
  const SearchProblem search = search_problem(problem);
  return route(problem, grown(search, PoolPrices(search.devices.size())));
}

}  // namespace suan::scheduler
