#include "scheduler/server/server_core.h"

#include <cassert>
#include <utility>

#include "catalog/wire/convert.h"
#include "scheduler/server/handlers.h"

namespace suan::scheduler {

namespace {

/// Epochs after the one that the scheduler itself takes.
EpochRange after_first(EpochRange range) {
  assert(range.first < range.ceiling);
  return {range.first + 1, range.ceiling};
}

Catalog catalog_of(ServerState& state) {
  Catalog catalog;
  for (Site& site : state.sites)
    catalog.sites.emplace(site.site, site);
  for (CatalogModel& model : state.models)
    catalog.models.emplace(model.about.model, model);
  for (const Offer& offer : state.offers)
    catalog.offers[{offer.site, offer.model}] = offer;
  for (const Measurement& measurement : state.measurements)
    catalog.add(measurement);
  catalog.links = std::move(state.links);
  return catalog;
}

Membership membership_of(const ServerConfig& config, const std::vector<NodeIdentity>& nodes) {
  Membership membership(config.timings);
  for (const NodeIdentity& identity : nodes) {
    NodeRecord node;
    node.identity = identity;
    describe(node);
    membership.add(std::move(node));
  }
  return membership;
}

}  // namespace

ServerCore::ServerCore(ServerConfig given,
                       ServerState state,
                       bool has_observer,
                       const Moment& moment)
    : config(std::move(given)),
      scheduler_epoch(state.epochs.first),
      outbox(Peer(config.gateway_peer)),
      epochs(after_first(state.epochs), outbox),
      catalog(catalog_of(state)),
      membership(membership_of(config, state.nodes)),
      enrolment({membership, catalog, outbox}, config),
      learning(estimator),
      decisions(config.decisions_kept, outbox),
      deployer({membership, catalog, epochs, outbox, estimator, demand}, config.timings),
      dispatcher({membership, deployer, load, learning, demand, decisions, outbox}, config),
      views({catalog, membership, deployer, estimator, learning, load, dispatcher}),
      campaigns(
          membership,
          outbox,
          config.seed,
          [this](const std::vector<Measurement>& measurements) { learn(*this, measurements); }),
      random(splitmix64(config.seed ^ 0xC03E)),
      turned_at(moment.now),
      decisions_flushed_at(moment.now),
      swept_at(moment.now) {
  outbox.set_scheduler_epoch(scheduler_epoch);
  dispatcher.set_renewal([this](const Moment& at) { return views.renew_if_touched(at); });
  enrolment.restore(std::move(state.tickets));
  deployer.restore(std::move(state.deployments), std::move(state.slots), moment.now);
  campaigns.set_observer(has_observer);
  for (const Measurement& measurement : state.measurements) {
    estimator.observe(measurement);
    joins_learned.emplace(measurement.run_id, measurement.model);
  }
}

void end_registration(ServerCore& core,
                      const NodeId& node,
                      uint64_t epoch,
                      const Moment& moment) {
  v1::NodeLost& lost = *core.outbox.to_gateway().mutable_node_lost();
  lost.set_node_id(node.value());
  lost.set_node_epoch(epoch);
  core.dispatcher.node_over(node);
  core.campaigns.node_over(node, moment);
  core.views.touch();
}

void apply(ServerCore& core, const NodeChange& change, const Moment& moment) {
  core.views.touch();
  const NodeRecord* node = core.membership.find(change.node);
  assert(node != nullptr);
  if (change.state == NodeState::Lost) {
    ++core.counters.nodes_lost;
    end_registration(core, change.node, change.epoch, moment);
    core.deployer.node_over(change.node);
    core.outbox.note("node " + change.node.value() + " is lost");
  }
  tell_node(core, *node, moment);
}

void tell_node(ServerCore& core, const NodeRecord& node, const Moment& moment) {
  JsonText json;
  json.begin_object()
      .field("node", node.identity.node.value())
      .field("site", node.identity.site.value())
      .field("state", to_string(state_of(node)))
      .field("at", moment.wall)
      .end_object();
  v1::Event& event = *core.outbox.to_gateway().mutable_event();
  event.set_kind("node");
  event.set_json(json.take());
}

void save_node_state(ServerCore& core, const NodeRecord& node) {
  const NodeIdentity& identity = node.identity;
  NodeState state = identity.is_proven ? NodeState::Ready : NodeState::Probation;
  if (identity.is_drained) state = NodeState::Draining;
  if (!identity.is_approved) state = NodeState::Pending;
  if (identity.is_revoked) state = NodeState::Revoked;
  core.outbox.write([id = identity.node, state](Database& database) {
    NodeTables(database).set_node_state(id, state);
  });
}

void learn(ServerCore& core, const std::vector<Measurement>& measurements) {
  for (const Measurement& measurement : measurements) {
    core.catalog.add(measurement);
    core.estimator.observe(measurement);
    if (measurement.evidence != Evidence::Serving) continue;
    NodeRecord* node = core.membership.find(measurement.node);
    if (node == nullptr || node->identity.is_proven) continue;
    node->identity.is_proven = true;
    save_node_state(core, *node);
  }
  core.views.touch();
}

void send_view(ServerCore& core, const Moment& moment) {
  core.view_told_at = moment.now;
  core.views.told();
  write_view(core.facts(), moment, *core.outbox.to_gateway().mutable_view());
}

std::string metrics_json(const ServerCore& core) {
  const DispatchCounters& dispatch = core.dispatcher.counters();
  const Admission& admission = core.dispatcher.admission();
  JsonText json;
  json.begin_object()
      .field("suan_scheduler_messages_total", core.counters.messages)
      .field("suan_scheduler_malformed_total", core.counters.malformed)
      .field("suan_scheduler_unexpected_total", core.counters.unexpected)
      .field("suan_scheduler_stale_total", core.counters.stale)
      .field("suan_scheduler_registrations_total", core.counters.registrations)
      .field("suan_scheduler_nodes_lost_total", core.counters.nodes_lost)
      .field("suan_scheduler_stalls_total", core.counters.stalls)
      .field("suan_scheduler_submitted_total", dispatch.submitted)
      .field("suan_scheduler_placed_total", dispatch.placed)
      .field("suan_scheduler_refused_total", dispatch.refused)
      .field("suan_scheduler_turned_away_total", dispatch.turned_away)
      .field("suan_scheduler_start_failed_total", dispatch.start_failed)
      .field("suan_scheduler_start_unacknowledged_total", dispatch.start_unacknowledged)
      .field("suan_scheduler_running", uint64_t{core.dispatcher.running()})
      .field("suan_scheduler_queued_paid", admission.size(ServiceClass::Paid))
      .field("suan_scheduler_queued_free", admission.size(ServiceClass::Free))
      .field("suan_scheduler_queued_batch", admission.size(ServiceClass::Batch))
      .field("suan_scheduler_store_errors_total", core.outbox.writes_failed())
      .field("suan_scheduler_is_braking", core.membership.is_braking())
      .end_object();
  return json.take();
}

}  // namespace suan::scheduler
