#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/planning/capacity/search_problem.h"

namespace suan::scheduler {

/// One service's replicas while a plan is looked for, and where its traffic goes meanwhile.
///
/// Each change moves the traffic that gains most, or loses least. That is good, not always best: the
/// plan's traffic is found by min-cost flow once its replicas are chosen.
/// Threads:  one, also for what is const: it keeps memory for its work.
class Traffic {
 public:
  /// Nothing runs, and no demand is met. `service` outlives this.
  explicit Traffic(const SearchService& service);

  [[nodiscard]] const SearchService& service() const { return *service_; }

  [[nodiscard]] double count(uint32_t option) const { return flows_.counts[option]; }

  /// How much less traffic would cost with one more replica of `option`.
  [[nodiscard]] double saving_of_add(uint32_t option) const;
  /// How much more it would cost with one replica less. Requires: there is one.
  [[nodiscard]] double loss_of_drop(uint32_t option) const;
  /// How much more with one replica of `added` more and one of `dropped` less; may be negative.
  [[nodiscard]] double loss_of_swap(uint32_t added, uint32_t dropped) const;

  void add(uint32_t option);
  void drop(uint32_t option);
  /// Moves traffic to where replicas have room and it costs less.
  void settle();

  /// Of traffic, unmet demand, rents and switches; without prices of pools. [femto-yuan/s]
  [[nodiscard]] double cost() const;

 private:
  /// Traffic of a cell on an option; the option size() is unmet demand.
  struct Portion {
    uint32_t cell = 0;
    uint32_t option = 0;
    double amount = 0;
    double price = 0;  // of an etok there
  };

  struct Flows {
    std::vector<Portion> portions;
    std::vector<double> used;    // per option, and unmet
    std::vector<double> counts;  // replicas per option
  };

  /// A portion that could go to another option, and what an etok would cost more there.
  struct Move {
    double price = 0;
    uint32_t portion = 0;
    uint32_t to = 0;
  };

  template <class Take>
  double fill(const Flows& flows, uint32_t option, double room, const Take& take) const;
  template <class Take>
  double shed(const Flows& flows, uint32_t option, double amount, const Take& take) const;
  double fill(Flows& flows, uint32_t option, double room) const;
  double shed(Flows& flows, uint32_t option, double amount) const;
  void move(Flows& flows, const Move& move, double amount) const;

  [[nodiscard]] double capacity(uint32_t option) const {
    return service_->options[option].capacity;
  }

  [[nodiscard]] double room(const Flows& flows, uint32_t option) const {
    return flows.counts[option] * capacity(option) - flows.used[option];
  }

  /// What does not fit any more with one replica less.
  [[nodiscard]] double excess(const Flows& flows, uint32_t option) const {
    return capacity(option) - room(flows, option);
  }

  const SearchService* service_;
  Flows flows_;
  mutable std::vector<Move> moves_;
  mutable std::vector<double> rooms_;
  mutable std::vector<double> amounts_;
  mutable std::vector<uint32_t> targets_;
  mutable Flows trial_;
};

}  // namespace suan::scheduler
