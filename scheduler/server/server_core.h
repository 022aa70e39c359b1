#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "scheduler/placement/estimator.h"
#include "scheduler/placement/load_table.h"
#include "scheduler/server/campaigns.h"
#include "scheduler/server/catalog.h"
#include "scheduler/server/decision_log.h"
#include "scheduler/server/demand_book.h"
#include "scheduler/server/deployer.h"
#include "scheduler/server/dispatcher.h"
#include "scheduler/server/enrolment.h"
#include "scheduler/server/learning.h"
#include "scheduler/server/leases.h"
#include "scheduler/server/membership.h"
#include "scheduler/server/outbox.h"
#include "scheduler/server/seq_window.h"
#include "scheduler/server/server_state.h"
#include "scheduler/server/view_maker.h"
#include "scheduler/server/view_report.h"

namespace suan::scheduler {

struct ServerCounters {
  uint64_t messages = 0;
  uint64_t malformed = 0;   // failed a check of its contents
  uint64_t unexpected = 0;  // not a kind that this peer may send
  uint64_t stale = 0;       // older epochs, repeated numbers
  uint64_t registrations = 0;
  uint64_t nodes_lost = 0;
  uint64_t stalls = 0;
};

/// All parts of the server, each owning its own state, joined in this order.
///
/// The handlers of messages (`handlers.h`) are the only ones that see it whole.
struct ServerCore {
  ServerCore(ServerConfig given, ServerState state, bool has_observer, const Moment& moment);

  ServerConfig config;
  uint64_t scheduler_epoch = 0;
  Outbox outbox;
  Epochs epochs;
  Catalog catalog;
  Membership membership;
  Enrolment enrolment;
  Estimator estimator;
  Learning learning;
  LoadTable load;
  DecisionLog decisions;
  DemandBook demand;
  bool is_proposing = false;  // a plan is made for somebody to see
  Deployer deployer;
  Dispatcher dispatcher;
  ViewMaker views;
  Campaigns campaigns;

  std::map<Side, SeqWindow> seqs;                           // of gateway and observer
  std::set<std::pair<std::string, ModelId>> joins_learned;  // (run id, model)
  ServerCounters counters;
  Random random;
  Time turned_at;
  Time view_told_at = Time::min();
  Time decisions_flushed_at;
  Time swept_at;

  [[nodiscard]] Facts facts() const {
    return {catalog, membership, deployer, dispatcher, estimator, load};
  }
};

}  // namespace suan::scheduler
