#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/planning/capacity/search_problem.h"

namespace suan::scheduler {

/// What an option could earn, alone, if cells paid for being served: the best whole number of
/// replicas, and whom they would serve.
///
/// Threads:  one: it keeps memory for its work.
class OptionProfit {
 public:
  /// `cell_prices` per cell, `pool_price` of the option's pool.
  void find(const SearchService& service,
            uint32_t option,
            const std::vector<double>& cell_prices,
            double pool_price);

  /// Against running none; at least 0. [femto-yuan/s]
  [[nodiscard]] double profit() const { return profit_; }

  [[nodiscard]] double count() const { return count_; }

  /// Calls `take(cell, amount)` for all that it would serve.
  template <class Take>
  void for_served(const Take& take) const {
    double room = count_ * capacity_;
    for (const Offer& offer : offers_) {
      const double amount = room < offer.amount ? room : offer.amount;
      if (amount <= 0) return;
      take(offer.cell, amount);
      room -= amount;
    }
  }

 private:
  struct Offer {
    double margin = 0;
    double amount = 0;
    uint32_t cell = 0;
  };

  [[nodiscard]] double earned(double count) const;
  [[nodiscard]] double wanted_above(double margin) const;
  void consider(const SearchOption& option, double rent, double count);

  std::vector<Offer> offers_;  // best first
  double capacity_ = 0;
  double profit_ = 0;
  double count_ = 0;
};

}  // namespace suan::scheduler
