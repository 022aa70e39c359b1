#include <optional>
#include <queue>

#include "scheduler/planning/capacity/replicas.h"

namespace suan::scheduler {
namespace {

/// A replica that would be worth its rent.
struct Bid {
  double gain_per_device = 0;
  uint32_t service = 0;
  uint32_t option = 0;
  uint32_t round = 0;  // of its service, when the bid was made

  friend bool operator<(const Bid& a, const Bid& b) {
    if (a.gain_per_device != b.gain_per_device) return a.gain_per_device < b.gain_per_device;
    return a.service > b.service;
  }
};

class Growing {
 public:
  Growing(Replicas& replicas, const PoolPrices& prices)
      : replicas_(replicas), prices_(prices), round_(replicas.services()) {}

  void run() {
    for (uint32_t service = 0; service < replicas_.services(); ++service)
      bid(service);
    while (!bids_.empty()) {
      const Bid best = bids_.top();
      bids_.pop();
      if (best.round != round_[best.service]) continue;
      if (replicas_.can_add(best.service, best.option)) {
        replicas_.add(best.service, best.option);
        ++round_[best.service];
      }
      bid(best.service);
    }
  }

 private:
  /// Each service bids with what gains it most.
  void bid(uint32_t service) {
    const Traffic& traffic = replicas_.traffic(service);
    double most = 0;
    std::optional<uint32_t> best;
    for (uint32_t i = 0; i < traffic.service().size(); ++i) {
      if (!replicas_.can_add(service, i)) continue;
      const SearchOption& option = replicas_.option(service, i);
      const double rent = option.rent(traffic.count(i)) + prices_[option.pool] * option.devices;
      const double gain = traffic.saving_of_add(i) - rent;
      if (gain <= most) continue;
      most = gain;
      best = i;
    }
    if (!best) return;
    bids_.push({.gain_per_device = most / replicas_.option(service, *best).devices,
                .service = service,
                .option = *best,
                .round = round_[service]});
  }

  Replicas& replicas_;
  const PoolPrices& prices_;
  std::vector<uint32_t> round_;
  std::priority_queue<Bid> bids_;
};

}  // namespace

void grow(Replicas& replicas, const PoolPrices& prices) {
  Growing(replicas, prices).run();
}

}  // namespace suan::scheduler
