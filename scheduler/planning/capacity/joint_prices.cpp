#include "scheduler/planning/capacity/joint_prices.h"

#include <algorithm>
#include <cmath>

#include "scheduler/planning/capacity/option_profit.h"
#include "scheduler/planning/capacity/service_relaxation.h"

namespace suan::scheduler {
namespace {

constexpr int kStepsMax = 16;  // of a service in one round
constexpr int kIdleMax = 3;    // steps without gain, then they get shorter
constexpr double kShorter = 0.5;
constexpr double kLengthMin = 0.02;
constexpr double kClose = 2e-3;    // of a service's cost: not worth more steps
constexpr double kPoolStep = 0.1;  // of a pool's price, for as much again as it has

/// Cell prices of one service.
struct ServicePrices {
  std::vector<double> now;
  std::vector<double> best;
  double best_bound = -kNever * kNever;  // at the pools' present prices
  double length = 1;
  int idle = 0;
};

class Pricing {
 public:
  Pricing(const Replicas& replicas, PoolPrices pools, const CapacityPrices& last)
      : replicas_(replicas), problem_(replicas.problem()), pools_(std::move(pools)) {
    for (size_t i = 0; i < problem_.services.size(); ++i) {
      const SearchService& service = problem_.services[i];
      const bool is_known =
          i < last.cell_p_per_etok.size() && last.cell_p_per_etok[i].size() == service.cells();
      services_.push_back({.now = is_known ? within_unmet(service, last.cell_p_per_etok[i])
                                           : relaxed(service)});
    }
  }

  CapacityPrices run(int rounds) {
    double best = -kNever * kNever;
    for (int round = 0; round < rounds; ++round) {
      double bound = 0;
      asked_.assign(pools_.size(), 0);
      for (uint32_t i = 0; i < services_.size(); ++i)
        bound += raise(i);
      for (uint32_t pool = 0; pool < pools_.size(); ++pool)
        bound -= pools_[pool] * problem_.devices[pool];
      if (bound > best) {
        best = bound;
        keep();
      }
      step_pools(1.0 / (1 + round));
    }
    return result_;
  }

 private:
  /// What cells would pay if replicas need not be whole.
  [[nodiscard]] std::vector<double> relaxed(const SearchService& service) const {
    std::vector<double> rents;
    for (const SearchOption& option : service.options)
      rents.push_back(std::max(0.0, option.rent(0)) + pools_[option.pool] * option.devices);
    ServiceRelaxation relaxation(service);
    relaxation.solve(rents);
    return relaxation.cell_prices();
  }

  static std::vector<double> within_unmet(const SearchService& service,
                                          const std::vector<int64_t>& last) {
    std::vector<double> prices;
    for (uint32_t cell = 0; cell < service.cells(); ++cell)
      prices.push_back(std::min(static_cast<double>(last[cell]), service.unmet[cell]));
    return prices;
  }

  /// What the service costs in the plan, with its devices at the pools' prices.
  [[nodiscard]] double cost_in_plan(uint32_t index) const {
    const Traffic& traffic = replicas_.traffic(index);
    double cost = traffic.cost();
    for (uint32_t i = 0; i < traffic.service().size(); ++i) {
      const SearchOption& option = traffic.service().options[i];
      cost += pools_[option.pool] * option.devices * traffic.count(i);
    }
    return cost;
  }

  /// Takes steps with one service's cell prices. Returns its part of the bound, at its best prices,
  /// and adds what it asks of the pools there.
  double raise(uint32_t index) {
    ServicePrices& prices = services_[index];
    const double cost = cost_in_plan(index);
    prices.best_bound = -kNever * kNever;
    prices.length = std::max(prices.length, 0.25);
    if (!prices.best.empty()) prices.now = prices.best;
    for (int step = 0; step < kStepsMax && prices.length > kLengthMin; ++step) {
      const double bound = evaluate(index, prices.now);
      const bool goes_on = note(prices, bound);
      if (cost - prices.best_bound < kClose * cost) break;
      if (goes_on && !take_step(index, prices, cost - bound)) break;
    }
    const double bound = evaluate(index, prices.best);
    for (const auto& [pool, devices] : asked_now_)
      asked_[pool] += devices;
    return bound;
  }

  /// False: the steps led nowhere, so they begin again at the best prices, and shorter.
  static bool note(ServicePrices& prices, double bound) {
    if (bound > prices.best_bound) {
      prices.best_bound = bound;
      prices.best = prices.now;
      prices.idle = 0;
      return true;
    }
    if (++prices.idle < kIdleMax) return true;
    prices.idle = 0;
    prices.length *= kShorter;
    prices.now = prices.best;
    return false;
  }

  /// The service's part of the bound; leaves its slope in `slope_` and what it asks of pools.
  double evaluate(uint32_t index, const std::vector<double>& prices) {
    const SearchService& service = problem_.services[index];
    slope_ = service.demand;
    asked_now_.clear();
    double bound = 0;
    for (uint32_t cell = 0; cell < service.cells(); ++cell)
      bound += service.demand[cell] * prices[cell];
    for (uint32_t i = 0; i < service.size(); ++i) {
      const SearchOption& option = service.options[i];
      profit_.find(service, i, prices, pools_[option.pool]);
      bound += option.switching * option.present - profit_.profit();
      if (profit_.count() == 0) continue;
      asked_now_.emplace_back(option.pool, profit_.count() * option.devices);
      profit_.for_served([&](uint32_t cell, double amount) { slope_[cell] -= amount; });
    }
    return bound;
  }

  /// Along the slope, in units of each cell's demand. False: there is none.
  bool take_step(uint32_t index, ServicePrices& prices, double gain_wanted) {
    const SearchService& service = problem_.services[index];
    double square = 0;
    for (uint32_t cell = 0; cell < service.cells(); ++cell) {
      if (prices.now[cell] >= service.unmet[cell] && slope_[cell] > 0) slope_[cell] = 0;
      if (service.demand[cell] > 0)
        square += slope_[cell] * slope_[cell] / service.demand[cell];
    }
    if (square <= 0) return false;
    const double step = prices.length * gain_wanted / square;
    for (uint32_t cell = 0; cell < service.cells(); ++cell) {
      if (service.demand[cell] <= 0) continue;
      const double price = prices.now[cell] + step * slope_[cell] / service.demand[cell];
      prices.now[cell] = std::clamp(price, 0.0, service.unmet[cell]);
    }
    return true;
  }

  void step_pools(double length) {
    double mean = 0;
    for (const double price : pools_)
      mean += price / static_cast<double>(pools_.size());
    for (uint32_t pool = 0; pool < pools_.size(); ++pool) {
      const double size = std::max(1.0, problem_.devices[pool]);
      const double excess = std::clamp((asked_[pool] - size) / size, -1.0, 1.0);
      pools_[pool] = std::max(
          0.0, pools_[pool] + length * kPoolStep * excess * (pools_[pool] + mean / 10));
    }
  }

  void keep() {
    result_ = {};
    for (const double price : pools_)
      result_.pool_n_per_device_s.push_back(std::llround(price / kFemtoPerNanoMilli));
    for (const ServicePrices& service : services_) {
      auto& cells = result_.cell_p_per_etok.emplace_back();
      for (const double price : service.best)
        cells.push_back(std::llround(price));
    }
  }

  const Replicas& replicas_;
  const SearchProblem& problem_;
  PoolPrices pools_;
  std::vector<ServicePrices> services_;
  std::vector<double> asked_;  // of each pool, by all services in this round
  std::vector<std::pair<uint32_t, double>> asked_now_;
  std::vector<double> slope_;
  OptionProfit profit_;
  CapacityPrices result_;
};

}  // namespace

CapacityPrices price_cells(const Replicas& replicas,
                           PoolPrices pools,
                           int rounds,
                           const CapacityPrices& last) {
  return Pricing(replicas, std::move(pools), last).run(rounds);
}

}  // namespace suan::scheduler
