#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "scheduler/planning/capacity/replicas.h"

namespace suan::scheduler {
namespace {

constexpr uint32_t kChangesMax = 20;  // of one service at a time
constexpr uint32_t kSwapsMax = 6;     // options that a swap may bring in
constexpr double kGainMin = 1e3;      // femto-yuan per second: less is rounding

struct Change {
  std::optional<uint32_t> add{};
  std::optional<uint32_t> drop{};
  double loss = -kGainMin;

  void consider(const Change& other) {
    if (other.loss < loss) *this = other;
  }
};

/// Looks at one service, with all others as they are.
class Improving {
 public:
  Improving(Replicas& replicas, const PoolPrices& prices, uint32_t service)
      : replicas_(replicas),
        prices_(prices),
        service_(service),
        traffic_(replicas.traffic(service)) {
    find_attractive();
  }

  uint32_t run() {
    uint32_t changes = 0;
    while (changes < kChangesMax) {
      const Change change = best();
      if (!change.add && !change.drop) break;
      // First the drop: it makes room in the pool for a swap within it.
      if (change.drop) replicas_.drop(service_, *change.drop);
      if (change.add) replicas_.add(service_, *change.add);
      ++changes;
    }
    replicas_.settle(service_);
    return changes;
  }

 private:
  [[nodiscard]] double price(uint32_t option) const {
    const SearchOption& taken = replicas_.option(service_, option);
    return prices_[taken.pool] * taken.devices;
  }

  [[nodiscard]] double rent_of_next(uint32_t option) const {
    return replicas_.option(service_, option).rent(traffic_.count(option)) + price(option);
  }

  [[nodiscard]] double rent_of_last(uint32_t option) const {
    return replicas_.option(service_, option).rent(traffic_.count(option) - 1) + price(option);
  }

  [[nodiscard]] Change best() const {
    Change best;
    for (uint32_t added = 0; added < traffic_.service().size(); ++added) {
      if (!replicas_.can_add(service_, added)) continue;
      best.consider(
          {.add = added, .loss = rent_of_next(added) - traffic_.saving_of_add(added)});
    }
    for (uint32_t dropped = 0; dropped < traffic_.service().size(); ++dropped) {
      if (traffic_.count(dropped) == 0) continue;
      best.consider(
          {.drop = dropped, .loss = traffic_.loss_of_drop(dropped) - rent_of_last(dropped)});
      consider_swaps(dropped, best);
    }
    return best;
  }

  /// Options by what an etok costs there on a full replica, cheapest first.
  void find_attractive() {
    const SearchService& service = traffic_.service();
    std::vector<std::pair<double, uint32_t>> prices;
    for (uint32_t i = 0; i < service.size(); ++i) {
      const double rent = service.options[i].fixed + price(i);
      double sum = 0;
      for (uint32_t cell = 0; cell < service.cells(); ++cell)
        sum += service.costs_of(i)[cell] / service.cells();
      prices.emplace_back(sum + rent / service.options[i].capacity, i);
    }
    std::ranges::sort(prices);
    for (uint32_t i = 0; i < prices.size() && i < kSwapsMax; ++i)
      attractive_.push_back(prices[i].second);
  }

  void consider_swaps(uint32_t dropped, Change& best) const {
    for (const uint32_t added : attractive_) {
      if (added == dropped || !fits_after(added, dropped)) continue;
      const double rent = rent_of_next(added) - rent_of_last(dropped);
      best.consider({.add = added,
                     .drop = dropped,
                     .loss = traffic_.loss_of_swap(added, dropped) + rent});
    }
  }

  [[nodiscard]] bool fits_after(uint32_t added, uint32_t dropped) const {
    const SearchOption& in = replicas_.option(service_, added);
    const SearchOption& out = replicas_.option(service_, dropped);
    if (in.pool != out.pool) return replicas_.can_add(service_, added);
    return replicas_.may_grow(service_, added) &&
           replicas_.free_devices(in.pool) + out.devices >= in.devices;
  }

  Replicas& replicas_;
  const PoolPrices& prices_;
  uint32_t service_;
  const Traffic& traffic_;
  std::vector<uint32_t> attractive_;  // what swaps bring in
};

}  // namespace

uint32_t improve(Replicas& replicas, const PoolPrices& prices) {
  uint32_t changes = 0;
  for (uint32_t service = 0; service < replicas.services(); ++service)
    changes += Improving(replicas, prices, service).run();
  return changes;
}

}  // namespace suan::scheduler
