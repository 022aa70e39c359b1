#include "scheduler/server/demand_book.h"

#include <algorithm>
#include <cmath>

namespace suan::scheduler {

namespace {

constexpr double kNewRequest = 0.05;  // weight of the latest request in the mean
constexpr double kDemandMax = 1e12;
constexpr double kPriceMax = 1e12;
constexpr int64_t kListNPerEtokMin = 1'000;  // where nobody made an offer: a yuan per million

struct Weights {
  double unmet;      // times the list price
  double n_per_us;   // of round trip, a request
  bool is_cautious;  // plans for more than what is expected
};

Weights weights_of(ServiceClass service_class) {
  switch (service_class) {
    case ServiceClass::Paid:
      return {.unmet = 10, .n_per_us = 10, .is_cautious = true};
    case ServiceClass::Free:
      return {.unmet = 3, .n_per_us = 5, .is_cautious = true};
    case ServiceClass::Batch:
      break;
  }
  return {.unmet = 1.5, .n_per_us = 0, .is_cautious = false};
}

/// The dearest offer: whoever asks may have to pay that.
int64_t list_n_per_etok(const Catalog& catalog, const ModelId& model) {
  int64_t price = kListNPerEtokMin;
  for (const auto& [site, about] : catalog.sites) {
    const Offer* offer = catalog.offer_of(site, model);
    if (offer != nullptr) price = std::max(price, offer->output_n_per_token);
  }
  return price;
}

}  // namespace

void DemandBook::add(const ModelId& model,
                     ServiceClass service_class,
                     double work,
                     WallTime at) {
  Entry& entry = entries_[{model, service_class}];
  entry.forecast.add(work, at);
  entry.work_per_request =
      entry.work_per_request == 0
          ? work
          : entry.work_per_request + kNewRequest * (work - entry.work_per_request);
}

std::vector<PlanDemand> DemandBook::demands(const Catalog& catalog, WallTime now) {
  std::vector<PlanDemand> demands;
  for (auto& [key, entry] : entries_) {
    const Weights weights = weights_of(key.second);
    const double etok_per_s =
        weights.is_cautious ? entry.forecast.high(now) : entry.forecast.expected(now);
    const auto list = static_cast<double>(list_n_per_etok(catalog, key.first));
    const double far_n_per_etok_ms =
        1e3 * weights.n_per_us / std::max(1.0, entry.work_per_request);
    demands.push_back(
        {.model = key.first,
         .demand_milli = std::llround(std::min(kDemandMax, 1e3 * etok_per_s)),
         .unmet_p_per_etok = std::llround(std::min(kPriceMax, 1e3 * weights.unmet * list)),
         .far_p_per_etok_ms = std::llround(1e3 * far_n_per_etok_ms)});
  }
  return demands;
}

}  // namespace suan::scheduler
