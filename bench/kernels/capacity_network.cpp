#include "bench/kernels/capacity_network.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "catalog/types/random.h"

namespace suan::bench {
namespace {

using scheduler::CapacityOption;
using scheduler::CapacityProblem;
using scheduler::ServiceDemand;

/// Speed and price of device classes, against a common one.
struct DeviceClass {
  double speed;
  double price;
};

constexpr std::array<DeviceClass, 8> kClasses{{{1, 1},
                                               {0.6, 0.7},
                                               {1.4, 1.3},
                                               {0.4, 0.5},
                                               {2.2, 1.9},
                                               {0.8, 0.9},
                                               {0.3, 0.45},
                                               {1.8, 1.5}}};
constexpr std::array<int, 5> kDevices{1, 2, 4, 8, 16};
constexpr double kListPrice = 800;        // nano-yuan per etok of the smallest model
constexpr double kRentPerDevice = 5.6e5;  // nano-yuan per second: two yuan per hour
constexpr double kNearUs = 4'000;
constexpr double kFarUs = 50'000;
constexpr double kEtokPerRequest = 300;
constexpr double kYuanPerUs = 3;  // nano-yuan that a microsecond of distance is worth

class Network {
 public:
  explicit Network(const CapacityNetwork& wish) : wish_(wish), random_(wish.seed) {
    add_sites();
    add_regions();
  }

  CapacityProblem problem() {
    for (uint32_t i = 0; i < wish_.services; ++i)
      add_service(i);
    scale_demand();
    return std::move(problem_);
  }

 private:
  double between(double low, double high) { return low + (high - low) * random_.uniform(); }

  double spread(double low, double high) {
    return std::exp(between(std::log(low), std::log(high)));
  }

  void add_sites() {
    for (uint32_t pool = 0; pool < wish_.pools; ++pool) {
      problem_.pools.push_back({.devices_milli = 1000 * std::llround(spread(32, 1024))});
      class_.push_back(static_cast<uint32_t>(random_.below(kClasses.size())));
      if (pool % 2 == 0) {
        site_price_.push_back(between(0.8, 1.25));
        region_.push_back(static_cast<uint32_t>(random_.below(wish_.regions)));
      }
    }
  }

  void add_regions() {
    for (uint32_t a = 0; a < wish_.regions; ++a) {
      weight_.push_back(between(0.3, 2));
      distance_.emplace_back(wish_.regions, kNearUs);
      for (uint32_t b = 0; b < a; ++b)
        distance_[a][b] = distance_[b][a] = between(2 * kNearUs, kFarUs);
    }
  }

  std::vector<uint32_t> some_pools(int devices) {
    std::vector<uint32_t> pools(wish_.pools);
    std::iota(pools.begin(), pools.end(), 0);
    for (size_t i = pools.size() - 1; i > 0; --i)
      std::swap(pools[i], pools[random_.below(i + 1)]);
    std::erase_if(pools, [&](uint32_t pool) {
      return problem_.pools[pool].devices_milli < 1000 * int64_t{devices};
    });
    pools.resize(std::min<size_t>(pools.size(), wish_.options));
    return pools;
  }

  void add_service(uint32_t rank) {
    ServiceDemand service;
    const int devices = kDevices[random_.below(kDevices.size())];
    const double capacity = spread(600, 1500) * std::sqrt(devices);
    const double price = kListPrice * std::pow(devices, 0.9) * between(0.8, 1.2);
    const double size = std::pow(rank + 1, -wish_.skew) * capacity / devices;
    for (uint32_t cell = 0; cell < 2 * wish_.regions; ++cell) {
      const bool is_interactive = cell < wish_.regions;
      const double share = weight_[cell % wish_.regions] * between(0.3, 2);
      service.cells.push_back(
          {.demand_milli = std::llround(1e6 * size * share * (is_interactive ? 1 : 0.4)),
           .unmet_p_per_etok = std::llround(1e3 * price * (is_interactive ? 10 : 1.5))});
    }
    for (const uint32_t pool : some_pools(devices))
      add_option(service, pool, devices, capacity, price);
    problem_.services.push_back(std::move(service));
  }

  void add_option(
      ServiceDemand& service, uint32_t pool, int devices, double capacity, double price) {
    const DeviceClass& device = kClasses[class_[pool]];
    const double site_price = site_price_[pool / 2];
    const double rent = wish_.rent * devices * kRentPerDevice * device.price * site_price;
    service.options.push_back(
        {.pool = pool,
         .devices_milli = 1000 * int64_t{devices},
         .capacity_milli = std::llround(1e3 * capacity * device.speed * between(0.85, 1.15)),
         .fixed_n_per_s = std::llround(rent)});
    for (uint32_t cell = 0; cell < 2 * wish_.regions; ++cell) {
      const double offer = 0.7 * price * site_price * std::sqrt(device.price / device.speed) *
                           between(0.95, 1.05);
      const double us = distance_[cell % wish_.regions][region_[pool / 2]];
      const double far = cell < wish_.regions ? kYuanPerUs * us / kEtokPerRequest : 0;
      service.cost_p_per_etok.push_back(std::llround(1e3 * (offer + far)));
    }
  }

  /// Until the demand would fill the wished share of all devices, each service on its median option.
  void scale_demand() {
    double needed = 0;
    double available = 0;
    for (const auto& pool : problem_.pools)
      available += static_cast<double>(pool.devices_milli);
    for (const ServiceDemand& service : problem_.services) {
      std::vector<double> devices;
      for (const CapacityOption& option : service.options)
        devices.push_back(static_cast<double>(option.devices_milli) /
                          static_cast<double>(option.capacity_milli));
      std::ranges::nth_element(devices,
                               devices.begin() + static_cast<long>(devices.size() / 2));
      for (const auto& cell : service.cells)
        needed += static_cast<double>(cell.demand_milli) * devices[devices.size() / 2];
    }
    for (ServiceDemand& service : problem_.services) {
      for (auto& cell : service.cells)
        cell.demand_milli = std::llround(static_cast<double>(cell.demand_milli) * wish_.load *
                                         available / needed);
    }
  }

  const CapacityNetwork wish_;
  Random random_;
  CapacityProblem problem_;
  std::vector<uint32_t> class_;                // per pool
  std::vector<double> site_price_;             // per site
  std::vector<uint32_t> region_;               // per site
  std::vector<double> weight_;                 // per region: share of the demand
  std::vector<std::vector<double>> distance_;  // microseconds between regions
};

}  // namespace

CapacityProblem capacity_problem(const CapacityNetwork& network) {
  return Network(network).problem();
}

}  // namespace suan::bench
