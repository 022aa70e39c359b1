#include <algorithm>
#include <optional>
#include <queue>

#include "scheduler/planning/capacity/replicas.h"

namespace suan::scheduler {
namespace {

constexpr double kGainMin = 1e3;  // femto-yuan per second: less is rounding

/// A service's option in the pool, and what one replica more, or less, of it is worth.
struct Slot {
  uint32_t service = 0;
  uint32_t option = 0;
  double worth = 0;
  double per_device = 0;
  /// Of a holder: where it goes instead, if that loses less than going without.
  std::optional<uint32_t> moves_to{};
};

struct LessWorth {
  bool operator()(const Slot& a, const Slot& b) const { return a.per_device < b.per_device; }
};

struct MoreWorth {
  bool operator()(const Slot& a, const Slot& b) const { return a.per_device > b.per_device; }
};

/// Bids of services for the devices of one pool, against what its holders would lose. What is in the
/// queues may have changed since: it is valued anew when it comes to the front.
class Exchange {
 public:
  Exchange(Replicas& replicas, uint32_t pool, const std::vector<Slot>& slots)
      : replicas_(replicas), pool_(pool) {
    for (const Slot& slot : slots)
      bid(slot);
    if (bids_.empty()) return;  // most pools are not scarce
    for (const Slot& slot : slots)
      offer(slot);
    bids_left_ = 2 * slots.size();
  }

  uint32_t run() {
    uint32_t added = 0;
    while (const auto bidder =
               take_front(bids_, [this](Slot& slot) { return value_bid(slot); })) {
      if (bids_left_-- == 0) break;
      if (serve(*bidder)) ++added;
    }
    return added;
  }

 private:
  using Bids = std::priority_queue<Slot, std::vector<Slot>, LessWorth>;
  using Holders = std::priority_queue<Slot, std::vector<Slot>, MoreWorth>;

  [[nodiscard]] const SearchOption& option(const Slot& slot) const {
    return replicas_.option(slot.service, slot.option);
  }

  bool value_bid(Slot& slot) const {
    if (!replicas_.may_grow(slot.service, slot.option)) return false;
    const Traffic& traffic = replicas_.traffic(slot.service);
    slot.worth =
        traffic.saving_of_add(slot.option) - option(slot).rent(traffic.count(slot.option));
    slot.per_device = slot.worth / option(slot).devices;
    return slot.worth > kGainMin;
  }

  bool value_holder(Slot& slot) const {
    const Traffic& traffic = replicas_.traffic(slot.service);
    if (traffic.count(slot.option) == 0) return false;
    const double rent = option(slot).rent(traffic.count(slot.option) - 1);
    slot.worth = traffic.loss_of_drop(slot.option) - rent;
    slot.moves_to = std::nullopt;
    for (uint32_t to = 0; to < traffic.service().size(); ++to) {
      if (slot.worth <= 0) break;
      if (replicas_.option(slot.service, to).pool == pool_ ||
          !replicas_.can_add(slot.service, to)) {
        continue;
      }
      const double rent_there = replicas_.option(slot.service, to).rent(traffic.count(to));
      const double loss = traffic.loss_of_swap(to, slot.option) + rent_there - rent;
      if (loss >= slot.worth) continue;
      slot.worth = loss;
      slot.moves_to = to;
    }
    slot.per_device = slot.worth / option(slot).devices;
    return true;
  }

  void bid(Slot slot) {
    if (value_bid(slot)) bids_.push(slot);
  }

  void offer(Slot slot) {
    if (value_holder(slot)) holders_.push(slot);
  }

  /// The front of `queue` by its value now; nothing when no slot has one.
  template <class Queue, class Value>
  static std::optional<Slot> take_front(Queue& queue, const Value& value) {
    while (!queue.empty()) {
      Slot slot = queue.top();
      queue.pop();
      if (!value(slot)) continue;
      if (queue.empty() || !typename Queue::value_compare{}(slot, queue.top())) return slot;
      queue.push(slot);
    }
    return std::nullopt;
  }

  /// Gives `bidder` the devices of those that lose least, if that is less than it gains.
  bool serve(const Slot& bidder) {
    std::vector<Slot> leaving;
    std::vector<Slot> kept;  // looked at, and not to leave
    double missing = option(bidder).devices - replicas_.free_devices(pool_);
    double loss = 0;
    while (missing > 0 && loss < bidder.worth) {
      const auto holder =
          take_front(holders_, [this](Slot& slot) { return value_holder(slot); });
      if (!holder) break;
      // Losses of one service do not add up: one replica of each at a time.
      if (holder->service == bidder.service || is_leaving(leaving, *holder)) {
        kept.push_back(*holder);
        continue;
      }
      leaving.push_back(*holder);
      loss += holder->worth;
      missing -= option(*holder).devices;
    }
    const bool is_worth_it = missing <= 0 && loss < bidder.worth - kGainMin;
    if (is_worth_it) {
      for (const Slot& slot : leaving) {
        replicas_.drop(slot.service, slot.option);
        // Another that left may have taken the room.
        if (slot.moves_to && replicas_.can_add(slot.service, *slot.moves_to))
          replicas_.add(slot.service, *slot.moves_to);
      }
      replicas_.add(bidder.service, bidder.option);
      for (const Slot& slot : leaving)
        bid(slot);
      bid(bidder);
      offer(bidder);
    }
    for (const Slot& slot : leaving)
      offer(slot);
    for (const Slot& slot : kept)
      offer(slot);
    return is_worth_it;
  }

  static bool is_leaving(const std::vector<Slot>& leaving, const Slot& slot) {
    return std::ranges::find(leaving, slot.service, &Slot::service) != leaving.end();
  }

  Replicas& replicas_;
  uint32_t pool_;
  Bids bids_;
  Holders holders_;
  size_t bids_left_ = 0;
};

}  // namespace

uint32_t exchange(Replicas& replicas) {
  std::vector<std::vector<Slot>> slots(replicas.problem().devices.size());
  for (uint32_t service = 0; service < replicas.services(); ++service) {
    const SearchService& options = replicas.traffic(service).service();
    for (uint32_t i = 0; i < options.size(); ++i)
      slots[options.options[i].pool].push_back({.service = service, .option = i});
  }
  uint32_t added = 0;
  for (uint32_t pool = 0; pool < slots.size(); ++pool)
    added += Exchange(replicas, pool, slots[pool]).run();
  return added;
}

}  // namespace suan::scheduler
