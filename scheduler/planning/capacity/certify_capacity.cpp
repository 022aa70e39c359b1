#include "scheduler/planning/capacity/certify_capacity.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/core.h>

// Nothing of the planner is used here: a fault there must not hide itself.

namespace suan::scheduler {
namespace {

constexpr int64_t kPoolPriceMax = 1'000'000'000'000'000'000;

Wide switches(const CapacityOption& option, int64_t count) {
  const Wide moved = Wide{count} - option.present;
  return (moved < 0 ? -moved : moved) * option.switch_n_per_s * kFemtoPerNano;
}

/// What one option can earn at most, alone, at given prices.
class OptionProfit {
 public:
  OptionProfit(const CapacityProblem& problem,
               const CapacityPrices& prices,
               size_t service,
               size_t option)
      : option_(problem.services[service].options[option]),
        limit_(count_limit(problem, option_)) {
    const ServiceDemand& demand = problem.services[service];
    const size_t cells = demand.cells.size();
    for (size_t cell = 0; cell < cells; ++cell) {
      const int64_t cost = demand.cost_p_per_etok[option * cells + cell];
      const int64_t price = prices.cell_p_per_etok[service][cell];
      if (cost == kNoArc || price <= cost) continue;
      offers_.push_back({.margin = price - cost, .amount = demand.cells[cell].demand_milli});
    }
    std::sort(offers_.begin(), offers_.end(),
              [](const Offer& a, const Offer& b) { return a.margin > b.margin; });
    rent_ = Wide{option_.fixed_n_per_s} * kFemtoPerNano +
            Wide{prices.pool_n_per_device_s[option_.pool]} * kFemtoPerNanoMilli *
                option_.devices_milli;
  }

  /// One more replica never earns more than the one before, so halving finds the best count.
  [[nodiscard]] Wide best() const {
    int64_t low = 0;
    int64_t high = limit_;
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      if (at(middle + 1) > at(middle)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return at(low);
  }

 private:
  struct Offer {
    int64_t margin = 0;
    int64_t amount = 0;
  };

  [[nodiscard]] Wide at(int64_t count) const {
    Wide room = Wide{count} * option_.capacity_milli;
    Wide earned = 0;
    for (const Offer& offer : offers_) {
      const Wide taken = std::min<Wide>(room, offer.amount);
      earned += taken * offer.margin;
      room -= taken;
    }
    return earned - rent_ * count - switches(option_, count);
  }

  const CapacityOption& option_;
  int64_t limit_;
  std::vector<Offer> offers_;  // best first
  Wide rent_ = 0;
};

class Certifying {
 public:
  Certifying(const CapacityProblem& problem, const CapacityPlan& plan)
      : problem_(problem), plan_(plan), devices_taken_(problem.pools.size()) {}

  Certificate run() {
    if (!has_shape()) {
      fault("it does not have the shape of its problem");
      return std::move(certificate_);
    }
    for (size_t service = 0; service < problem_.services.size(); ++service)
      check_service(service);
    for (size_t pool = 0; pool < problem_.pools.size(); ++pool) {
      if (devices_taken_[pool] > problem_.pools[pool].devices_milli)
        fault("pool {} gives more devices than it has", pool);
    }
    if (cost_ != plan_.cost_f_per_s) fault("it costs something else than it says");
    check_bound();
    return std::move(certificate_);
  }

 private:
  template <class... Args>
  void fault(fmt::format_string<Args...> format, Args&&... args) {
    certificate_.faults.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  [[nodiscard]] bool has_shape() const {
    const size_t services = problem_.services.size();
    if (plan_.services.size() != services || plan_.prices.cell_p_per_etok.size() != services ||
        plan_.prices.pool_n_per_device_s.size() != problem_.pools.size()) {
      return false;
    }
    for (size_t i = 0; i < services; ++i) {
      const ServiceDemand& demand = problem_.services[i];
      const ServicePlan& service = plan_.services[i];
      if (service.counts.size() != demand.options.size() ||
          service.flow_milli.size() != demand.cost_p_per_etok.size() ||
          service.unmet_milli.size() != demand.cells.size() ||
          plan_.prices.cell_p_per_etok[i].size() != demand.cells.size()) {
        return false;
      }
    }
    return true;
  }

  void check_service(size_t index) {
    const ServiceDemand& demand = problem_.services[index];
    const ServicePlan& service = plan_.services[index];
    std::vector<Wide> served(demand.cells.size());
    for (size_t option = 0; option < demand.options.size(); ++option)
      check_option(index, option, served);
    for (size_t cell = 0; cell < demand.cells.size(); ++cell) {
      const int64_t unmet = service.unmet_milli[cell];
      if (unmet < 0 || served[cell] + unmet != demand.cells[cell].demand_milli)
        fault("service {}, cell {}: served and unmet are not the demand", index, cell);
      cost_ += Wide{unmet} * demand.cells[cell].unmet_p_per_etok;
    }
  }

  void check_option(size_t index, size_t at, std::vector<Wide>& served) {
    const ServiceDemand& demand = problem_.services[index];
    const CapacityOption& option = demand.options[at];
    const int64_t count = plan_.services[index].counts[at];
    if (count < 0 || count > count_limit(problem_, option))
      fault("service {}, option {}: {} replicas are not possible", index, at, count);
    Wide total = 0;
    const size_t cells = demand.cells.size();
    for (size_t cell = 0; cell < cells; ++cell) {
      const int64_t flow = plan_.services[index].flow_milli[at * cells + cell];
      if (flow == 0) continue;
      const int64_t cost = demand.cost_p_per_etok[at * cells + cell];
      if (flow < 0 || cost == kNoArc)
        fault("service {}, option {}: cell {} may not be served there", index, at, cell);
      total += flow;
      served[cell] += flow;
      cost_ += Wide{flow} * (cost == kNoArc ? 0 : cost);
    }
    if (total > Wide{count} * option.capacity_milli)
      fault("service {}, option {}: more traffic than its replicas serve", index, at);
    devices_taken_[option.pool] += Wide{count} * option.devices_milli;
    cost_ += Wide{count} * option.fixed_n_per_s * kFemtoPerNano + switches(option, count);
  }

  void check_bound() {
    for (const int64_t price : plan_.prices.pool_n_per_device_s) {
      if (price >= 0 && price <= kPoolPriceMax) continue;
      fault("a pool's price is {}", price);
      return;
    }
    for (size_t i = 0; i < problem_.services.size(); ++i) {
      for (size_t cell = 0; cell < problem_.services[i].cells.size(); ++cell) {
        const int64_t price = plan_.prices.cell_p_per_etok[i][cell];
        if (price >= 0 && price <= problem_.services[i].cells[cell].unmet_p_per_etok) continue;
        fault("service {}, cell {}: its price is {}", i, cell, price);
        return;
      }
    }
    if (plan_.bound_f_per_s > proven_bound(problem_, plan_.prices))
      fault("its prices do not prove its bound");
    if (plan_.bound_f_per_s > cost_) fault("its bound is above its cost");
  }

  const CapacityProblem& problem_;
  const CapacityPlan& plan_;
  std::vector<Wide> devices_taken_;
  Wide cost_ = 0;
  Certificate certificate_;
};

}  // namespace

Wide proven_bound(const CapacityProblem& problem, const CapacityPrices& prices) {
  Wide bound = 0;
  for (size_t pool = 0; pool < problem.pools.size(); ++pool) {
    bound -= Wide{prices.pool_n_per_device_s[pool]} * kFemtoPerNanoMilli *
             problem.pools[pool].devices_milli;
  }
  for (size_t i = 0; i < problem.services.size(); ++i) {
    const ServiceDemand& demand = problem.services[i];
    for (size_t cell = 0; cell < demand.cells.size(); ++cell)
      bound += Wide{demand.cells[cell].demand_milli} * prices.cell_p_per_etok[i][cell];
    for (size_t option = 0; option < demand.options.size(); ++option)
      bound -= OptionProfit(problem, prices, i, option).best();
  }
  return bound;
}

Certificate certify_capacity(const CapacityProblem& problem, const CapacityPlan& plan) {
  return Certifying(problem, plan).run();
}

}  // namespace suan::scheduler
