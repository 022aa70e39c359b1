#pragma once

#include <string>

#include "scheduler/placement/estimator.h"
#include "scheduler/placement/load_table.h"
#include "scheduler/server/catalog.h"
#include "scheduler/server/deployer.h"
#include "scheduler/server/dispatcher.h"
#include "scheduler/server/events.h"
#include "scheduler/server/json_text.h"
#include "scheduler/server/membership.h"

namespace suan::v1 {
class View;
}

namespace suan::scheduler {

/// What listings read; all outlive the use.
struct Facts {
  const Catalog& catalog;
  const Membership& membership;
  const Deployer& deployer;
  const Dispatcher& dispatcher;
  const Estimator& estimator;
  const LoadTable& load;
};

/// The whole of what a gateway must know: the model services with their sites and cheapest
/// prices, whether anything can serve, and the JSON that consoles show.
void write_view(const Facts& facts, const Moment& moment, v1::View& view);

// Elements of listings, in `/api/v1`'s shapes.
void write_sites(const Facts& facts, JsonText& json);
void write_nodes(const Facts& facts, const Moment& moment, JsonText& json);
void write_replicas(const Facts& facts, JsonText& json);

}  // namespace suan::scheduler
