#include "scheduler/server/server_state.h"

#include <algorithm>

#include "catalog/store/bench_tables.h"
#include "catalog/store/model_tables.h"

namespace suan::scheduler {

namespace {

NodeIdentity identity_of(const suan::NodeRow& row) {
  NodeIdentity identity;
  identity.node = row.node;
  identity.site = row.site;
  identity.curve_public_z85 = row.curve_public_z85;
  identity.receipt_public_hex = row.receipt_public_hex;
  identity.is_approved = row.state != NodeState::Pending && row.state != NodeState::Revoked;
  identity.is_revoked = row.state == NodeState::Revoked;
  identity.is_drained = row.state == NodeState::Draining;
  identity.is_proven = row.state == NodeState::Ready;
  return identity;
}

void load_nodes(Database& database, ServerState& state) {
  NodeTables table(database);
  state.sites = table.sites();
  for (const suan::NodeRow& row : table.nodes())
    state.nodes.push_back(identity_of(row));
  state.tickets = table.tickets();
  state.links = table.links();
  state.offers = table.offers();
}

void load_models(Database& database, WallTime now, ServerState& state) {
  ModelTables table(database);
  for (DepotModel& model : table.models())
    state.models.push_back({std::move(model), now});
  for (const DeploymentRow& row : table.deployments()) {
    state.deployments.push_back({.deployment_id = row.deployment_id,
                                 .model = row.model,
                                 .replicas_max = row.replicas,
                                 .sites = row.sites,
                                 .created = row.created,
                                 .follows_demand = row.follows_demand});
  }
  for (const suan::ReplicaRow& row : table.replicas()) {
    state.slots.push_back({.replica = row.replica,
                           .deployment_id = row.deployment_id,
                           .node = row.node,
                           .model = row.model,
                           .lease_epoch = row.lease_epoch});
  }
}

void seal_open_runs(Database& database, WallTime now) {
  database.in_transaction([now](Database& inside) {
    BenchTables table(inside);
    for (BenchRunRow& run : table.open_runs()) {
      run.status = "aborted";
      run.reason = "restart";
      run.ended = now;
      table.put_run(run);
      std::optional<BenchCampaignRow> campaign = table.campaign_of(run.campaign_id);
      if (!campaign || campaign->ended) continue;
      campaign->status = "aborted";
      campaign->ended = now;
      table.put_campaign(*campaign);
    }
  });
}

}  // namespace

LoadedState load_server_state(Database& database, WallTime now) {
  LoadedState state(new ServerState);
  state->epochs = FenceTable(database).raise_ceiling(kEpochsReserved);
  seal_open_runs(database, now);
  load_nodes(database, *state);
  load_models(database, now, *state);
  state->measurements = BenchTables(database).latest_measurements();
  std::stable_sort(state->measurements.begin(), state->measurements.end(),
                   [](const Measurement& a, const Measurement& b) { return a.at < b.at; });
  return state;
}

void ServerStateDeleter::operator()(ServerState* state) const {
  delete state;
}

}  // namespace suan::scheduler
