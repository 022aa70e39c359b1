#pragma once

#include <vector>

#include "catalog/store/fence_table.h"
#include "catalog/store/node_tables.h"
#include "catalog/types/measurement.h"
#include "catalog/types/offer.h"
#include "catalog/types/site.h"
#include "scheduler/server/catalog.h"
#include "scheduler/server/deployer.h"
#include "scheduler/server/node_record.h"
#include "scheduler/server/role.h"

namespace suan::scheduler {

/// The store's contents at the start, in the scheduler's own types.
struct ServerState {
  EpochRange epochs;  // committed; the first is the scheduler's own epoch
  std::vector<Site> sites;
  std::vector<NodeIdentity> nodes;
  std::vector<TicketRow> tickets;
  std::vector<LinkRow> links;
  std::vector<CatalogModel> models;
  std::vector<Offer> offers;
  std::vector<Deployment> deployments;
  std::vector<Slot> slots;
  std::vector<Measurement> measurements;
};

}  // namespace suan::scheduler
