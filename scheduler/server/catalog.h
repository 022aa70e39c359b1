#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "catalog/store/node_tables.h"
#include "catalog/types/measurement.h"
#include "catalog/types/node.h"
#include "catalog/types/offer.h"
#include "catalog/types/site.h"
#include "catalog/types/time.h"

namespace suan::scheduler {

/// A model that some node has, or had, in its depot.
struct CatalogModel {
  DepotModel about;
  WallTime created{};
};

/// The slow facts as the scheduler's memory holds them; the store is their home.
struct Catalog {
  std::map<SiteId, Site> sites;
  std::map<ModelId, CatalogModel> models;
  std::map<std::pair<SiteId, ModelId>, Offer> offers;
  std::vector<LinkRow> links;
  std::deque<Measurement> measurements;  // oldest first, bounded

  static constexpr size_t kMeasurementsKept = 10'000;

  void add(const Measurement& measurement) {
    measurements.push_back(measurement);
    if (measurements.size() > kMeasurementsKept) measurements.pop_front();
  }

  /// The offer for the model at the site, or the site's general one; null: price 0.
  [[nodiscard]] const Offer* offer_of(const SiteId& site, const ModelId& model) const {
    auto found = offers.find({site, model});
    if (found == offers.end()) found = offers.find({site, ModelId()});
    return found == offers.end() ? nullptr : &found->second;
  }
};

}  // namespace suan::scheduler
