#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/request.h"
#include "catalog/types/time.h"
#include "scheduler/planning/forecast.h"
#include "scheduler/planning/plan.h"
#include "scheduler/server/catalog.h"

namespace suan::scheduler {

/// What is asked of each model, by class, served or not; and what plans should expect.
///
/// Threads:  the scheduler loop only.
class DemandBook {
 public:
  /// `work` in etok. Requires: the model is in the catalog (it bounds the book).
  void add(const ModelId& model, ServiceClass service_class, double work, WallTime at);

  /// Interactive classes at what is exceeded one time in ten, batches at what is expected. Unmet
  /// demand costs ten, three, one and a half times the dearest offer (paid, free, batch); a
  /// microsecond of distance costs 10, 5, 0 nano-yuan a request.
  [[nodiscard]] std::vector<PlanDemand> demands(const Catalog& catalog, WallTime now);

 private:
  struct Entry {
    Forecast forecast;
    double work_per_request = 0;  // smoothed
  };

  std::map<std::pair<ModelId, ServiceClass>, Entry> entries_;
};

}  // namespace suan::scheduler
