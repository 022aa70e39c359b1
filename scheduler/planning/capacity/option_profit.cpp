#include "scheduler/planning/capacity/option_profit.h"

#include <algorithm>
#include <cmath>

namespace suan::scheduler {

void OptionProfit::find(const SearchService& service,
                        uint32_t index,
                        const std::vector<double>& cell_prices,
                        double pool_price) {
  const SearchOption& option = service.options[index];
  const double* costs = service.costs_of(index);
  capacity_ = option.capacity;
  profit_ = 0;
  count_ = 0;
  offers_.clear();

  // Most options are not worth a single replica: that is seen without sorting.
  double most = 0;
  for (uint32_t cell = 0; cell < service.cells(); ++cell)
    most += service.demand[cell] * std::max(0.0, cell_prices[cell] - costs[cell]);
  const double rent = option.fixed + pool_price * option.devices;
  const double least_rent =
      option.present > 0 ? rent - option.switching : rent + option.switching;
  if (most <= least_rent) return;

  for (uint32_t cell = 0; cell < service.cells(); ++cell) {
    const double margin = cell_prices[cell] - costs[cell];
    if (margin > 0 && service.demand[cell] > 0)
      offers_.push_back({margin, service.demand[cell], cell});
  }
  std::ranges::sort(offers_,
                    [](const Offer& a, const Offer& b) { return a.margin > b.margin; });

  // The profit is concave in the count, with a kink at what is present. On either side the best
  // count is next to the one at which the least margin pays the rent.
  const double until_present = std::min(option.present, option.count_max);
  const double kept =
      std::floor(wanted_above((rent - option.switching) / capacity_) / capacity_);
  consider(option, rent, std::min(kept, until_present));
  consider(option, rent, std::min(kept + 1, until_present));
  // Draining may cost more than it saves, even for replicas that serve nobody.
  if (rent < option.switching) consider(option, rent, until_present);
  const double grown =
      std::floor(wanted_above((rent + option.switching) / capacity_) / capacity_);
  consider(option, rent, std::clamp(grown, until_present, option.count_max));
  consider(option, rent, std::clamp(grown + 1, until_present, option.count_max));
}

double OptionProfit::earned(double count) const {
  double room = count * capacity_;
  double sum = 0;
  for (const Offer& offer : offers_) {
    const double amount = std::min(room, offer.amount);
    if (amount <= 0) break;
    sum += amount * offer.margin;
    room -= amount;
  }
  return sum;
}

double OptionProfit::wanted_above(double margin) const {
  double sum = 0;
  for (const Offer& offer : offers_) {
    if (offer.margin <= margin) break;
    sum += offer.amount;
  }
  return sum;
}

void OptionProfit::consider(const SearchOption& option, double rent, double count) {
  const double kept = std::min(count, option.present);
  const double switched = option.switching * (count - 2 * kept);
  const double profit = earned(count) - rent * count - switched;
  if (profit > profit_) {
    profit_ = profit;
    count_ = count;
  }
}

}  // namespace suan::scheduler
