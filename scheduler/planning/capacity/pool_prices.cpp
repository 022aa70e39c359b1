#include "scheduler/planning/capacity/pool_prices.h"

#include <algorithm>
#include <cmath>

#include "scheduler/planning/capacity/service_relaxation.h"

namespace suan::scheduler {
namespace {

constexpr int kSweepsMax = 12;
constexpr double kSweepGainMin = 5e-4;  // of the bound
constexpr int kStepsMax = 150;
constexpr int kIdleMax = 8;  // steps without gain, then they get shorter
constexpr double kShorter = 0.6;
constexpr double kTarget = 1.02;  // times the best bound: what Polyak's step aims at
constexpr double kStepMin = 1e-3;

class Pricing {
 public:
  explicit Pricing(const SearchProblem& problem)
      : problem_(problem), prices_(problem.devices.size()), arcs_(problem.devices.size()) {
    for (uint32_t service = 0; service < problem.services.size(); ++service) {
      const SearchService& options = problem.services[service];
      rents_.emplace_back(options.size());
      relaxed_.emplace_back(options);
      for (uint32_t i = 0; i < options.size(); ++i) {
        arcs_[options.options[i].pool].push_back({service, i});
        set_rent(service, i);
      }
    }
  }

  PoolPrices run() {
    double bound = demand().bound;
    for (int sweep = 0; sweep < kSweepsMax; ++sweep) {
      for (uint32_t pool = 0; pool < prices_.size(); ++pool)
        fit(pool);
      const double next = demand().bound;
      const bool is_enough = next - bound < kSweepGainMin * std::abs(next);
      bound = next;
      if (is_enough) break;
    }
    descend();
    return prices_;
  }

 private:
  struct Arc {
    uint32_t service = 0;
    uint32_t option = 0;
  };

  struct Demand {
    double bound = 0;
    std::vector<double> devices{};  // asked of each pool
  };

  /// A cell leaves the pool once a device costs more than this.
  struct Leaving {
    double price = 0;
    double devices = 0;
  };

  /// What is there is kept first, so its switch is what tells it from the others.
  [[nodiscard]] static double rent_of(const SearchOption& option) {
    return std::max(0.0, option.rent(0));
  }

  void set_rent(uint32_t service, uint32_t i) {
    const SearchOption& option = problem_.services[service].options[i];
    rents_[service][i] = rent_of(option) + prices_[option.pool] * option.devices;
  }

  void set_price(uint32_t pool, double price) {
    prices_[pool] = price;
    for (const Arc& arc : arcs_[pool])
      set_rent(arc.service, arc.option);
  }

  void set_prices(const PoolPrices& prices) {
    for (uint32_t pool = 0; pool < prices.size(); ++pool)
      set_price(pool, prices[pool]);
  }

  /// The least price of `pool` at which no more is asked of it than it has.
  void fit(uint32_t pool) {
    leaving_.clear();
    double asked = 0;
    for (const Arc& arc : arcs_[pool])
      asked += find_leaving(arc);
    std::ranges::sort(leaving_, {}, &Leaving::price);
    double price = 0;
    for (const Leaving& each : leaving_) {
      if (asked <= problem_.devices[pool]) break;
      price = each.price;
      asked -= each.devices;
    }
    set_price(pool, price);
  }

  double find_leaving(const Arc& arc) {
    const SearchService& service = problem_.services[arc.service];
    const SearchOption& option = service.options[arc.option];
    best_ = service.unmet;
    for (uint32_t other = 0; other < service.size(); ++other) {
      if (other == arc.option) continue;
      const double* costs = service.costs_of(other);
      const double rent = rents_[arc.service][other] / service.options[other].capacity;
      for (uint32_t cell = 0; cell < service.cells(); ++cell)
        best_[cell] = std::min(best_[cell], costs[cell] + rent);
    }
    const double* costs = service.costs_of(arc.option);
    double asked = 0;
    for (uint32_t cell = 0; cell < service.cells(); ++cell) {
      const double worth = (best_[cell] - costs[cell]) * option.capacity - rent_of(option);
      if (worth <= 0) continue;
      const double devices = service.demand[cell] * option.devices / option.capacity;
      leaving_.push_back({.price = worth / option.devices, .devices = devices});
      asked += devices;
    }
    return asked;
  }

  [[nodiscard]] Demand demand() {
    Demand result{.devices = std::vector<double>(prices_.size())};
    for (uint32_t i = 0; i < problem_.services.size(); ++i) {
      relaxed_[i].solve(rents_[i]);
      result.bound += relaxed_[i].cost();
      for (uint32_t option = 0; option < rents_[i].size(); ++option) {
        const SearchOption& taken = problem_.services[i].options[option];
        result.devices[taken.pool] += relaxed_[i].counts()[option] * taken.devices;
      }
    }
    for (uint32_t pool = 0; pool < prices_.size(); ++pool)
      result.bound -= prices_[pool] * problem_.devices[pool];
    return result;
  }

  void descend() {
    PoolPrices best = prices_;
    double best_bound = demand().bound;
    double length = 1;
    int idle = 0;
    for (int step = 0; step < kStepsMax && length > kStepMin; ++step) {
      const Demand now = demand();
      if (now.bound > best_bound) {
        idle =
            now.bound > best_bound + kSweepGainMin / 10 * std::abs(best_bound) ? 0 : idle + 1;
        best_bound = now.bound;
        best = prices_;
      } else {
        ++idle;
      }
      if (idle >= kIdleMax) {
        length *= kShorter;
        idle = 0;
        set_prices(best);
        continue;
      }
      take_step(now, length * (kTarget * best_bound - now.bound));
    }
    set_prices(best);
  }

  /// Along the demand that exceeds each pool, in units of the pool's size.
  void take_step(const Demand& now, double gain_wanted) {
    double square = 0;
    for (uint32_t pool = 0; pool < prices_.size(); ++pool) {
      const double excess = now.devices[pool] - problem_.devices[pool];
      if (prices_[pool] <= 0 && excess < 0) continue;
      square += excess * excess / std::max(1.0, problem_.devices[pool]);
    }
    if (square <= 0) return;
    for (uint32_t pool = 0; pool < prices_.size(); ++pool) {
      const double size = std::max(1.0, problem_.devices[pool]);
      const double excess = now.devices[pool] - problem_.devices[pool];
      set_price(pool, std::max(0.0, prices_[pool] + gain_wanted / square * excess / size));
    }
  }

  const SearchProblem& problem_;
  PoolPrices prices_;
  std::vector<std::vector<Arc>> arcs_;      // per pool
  std::vector<std::vector<double>> rents_;  // per service and option, with its pool's price
  std::vector<ServiceRelaxation> relaxed_;  // per service
  std::vector<Leaving> leaving_;
  std::vector<double> best_;
};

}  // namespace

PoolPrices price_pools(const SearchProblem& problem) {
  return Pricing(problem).run();
}

}  // namespace suan::scheduler
