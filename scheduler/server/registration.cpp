// Register and Heartbeat: what a node says of itself, whole.

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "catalog/store/model_tables.h"
#include "catalog/types/text.h"
#include "catalog/wire/convert.h"
#include "scheduler/server/handlers.h"
#include "scheduler/server/registration_reader.h"

namespace suan::scheduler {

namespace {

/// A model that is new, or whose digest no node that is here has any more, becomes the catalog's.
void learn_models(ServerCore& core, const NodeRecord& node, const Moment& moment) {
  for (const DepotModel& model : node.depot) {
    const auto known = core.catalog.models.find(model.model);
    if (known != core.catalog.models.end()) {
      if (known->second.about.digest == model.digest) continue;
      const auto has_it = [&](const auto& entry) {
        const DepotModel* other = entry.second.depot_model(model.model);
        return entry.second.is_registered() && other != nullptr &&
               other->digest == known->second.about.digest;
      };
      const auto& nodes = core.membership.nodes();
      if (std::any_of(nodes.begin(), nodes.end(), has_it)) {
        core.outbox.note(fmt::format("node {} has another file as model {}: not used",
                                     node.identity.node.value(), model.model.value()));
        continue;
      }
    }
    CatalogModel& entry = core.catalog.models[model.model];
    entry.about = model;
    if (to_us(entry.created) == 0) entry.created = moment.wall;
    core.outbox.write([model, now = moment.wall](Database& database) {
      ModelTables(database).put_model(model, now);
    });
  }
}

/// The node's own measurement of a model that it has just loaded.
void learn_joining(ServerCore& core, const NodeRecord& node, const Moment& moment) {
  const std::string run_id =
      fmt::format("join:{}:{}", node.identity.node.value(), node.boot_id);
  std::vector<Measurement> measurements;
  for (const ReportedReplica& replica : node.replicas) {
    if (replica.state != ReplicaState::Ready) continue;
    if (!core.joins_learned.emplace(run_id, replica.model).second) continue;
    const auto add = [&](Metric metric, double value) {
      if (value <= 0) return;
      Measurement& added = measurements.emplace_back();
      added.run_id = run_id;
      added.site = node.identity.site;
      added.node = node.identity.node;
      added.model = replica.model;
      added.metric = metric;
      added.value = value;
      added.log_sd = log_sd_of(Evidence::Micro);
      added.evidence = Evidence::Micro;
      added.at = moment.wall;
    };
    add(Metric::DecodeTokensPerSecond, replica.capacity.decode_tokens_per_s);
    add(Metric::PrefillTokensPerSecond, replica.capacity.prefill_tokens_per_s);
  }
  if (measurements.empty()) return;
  learn(core, measurements);
  core.outbox.write([measurements](Database& database) {
    BenchTables table(database);
    for (const Measurement& measurement : measurements)
      table.add_measurement(measurement);
  });
}

void send_welcome(ServerCore& core, const NodeRecord& node, const Adoption& adoption) {
  const Timings& timings = core.config.timings;
  v1::Welcome& welcome = *core.outbox.to_agent(node.peer(), node.epoch).mutable_welcome();
  welcome.set_node_epoch(node.epoch);
  welcome.set_heartbeat_every_us(timings.heartbeat_every.count());
  welcome.set_refuse_after_us(timings.refuse_after.count());
  welcome.set_node_id(node.identity.node.value());
  welcome.set_site_id(node.identity.site.value());
  for (const ReplicaId& id : adoption.adopted)
    welcome.add_adopted_replica_ids(id.value());
  for (const ReplicaId& id : adoption.fenced)
    welcome.add_fenced_replica_ids(id.value());
  for (const GatewayAddress& gateway : core.config.gateways) {
    v1::GatewayAddress& address = *welcome.add_gateways();
    address.set_gateway_id(gateway.gateway_id);
    address.set_endpoint(gateway.endpoint);
    address.set_server_public_z85(gateway.server_public_z85);
  }
}

void refuse(ServerCore& core, const NodeRecord& node, const Error& error) {
  v1::Refused& refused = *core.outbox.to_agent(node.peer(), 0).mutable_refused();
  refused.set_code(std::string(to_string(error.code)));
  refused.set_message(error.message);
}

void take_in(NodeRecord& node, Registration& told) {
  node.hardware = std::move(told.hardware);
  node.measured = told.measured;
  node.depot = std::move(told.depot);
  node.replicas = std::move(told.replicas);
  node.version = std::move(told.version);
  describe(node);
}

bool is_same_but_load(const ReportedReplica& a, const ReportedReplica& b) {
  return a.replica == b.replica && a.lease_epoch == b.lease_epoch && a.state == b.state &&
         a.model == b.model && a.digest == b.digest && a.error == b.error &&
         a.capacity.slots == b.capacity.slots &&
         a.capacity.kv_tokens_total == b.capacity.kv_tokens_total &&
         a.capacity.context_tokens == b.capacity.context_tokens &&
         a.capacity.decode_tokens_per_s == b.capacity.decode_tokens_per_s &&
         a.capacity.prefill_tokens_per_s == b.capacity.prefill_tokens_per_s;
}

void send_echo(ServerCore& core, NodeRecord& node, const Moment& moment) {
  if (node.echoed_at != Time{} &&
      moment.now - node.echoed_at < core.config.timings.echo_every) {
    return;
  }
  node.echoed_at = moment.now;
  v1::Echo& echo = *core.outbox.to_agent(node.peer(), node.epoch).mutable_echo();
  echo.set_t0_us(moment.now.time_since_epoch().count());
}

}  // namespace

void on_register(ServerCore& core,
                 NodeRecord& node,
                 const v1::Envelope& message,
                 const Moment& moment) {
  Result<Registration> told = read_registration(message.registration());
  if (!told) {
    ++core.counters.malformed;
    return refuse(core, node, told.error());
  }
  const bool is_same_process = node.is_registered() && node.boot_id == told->boot_id;
  if (is_same_process && !node.seqs.is_new(message.seq())) {
    ++core.counters.stale;
    return;
  }
  const std::optional<uint64_t> epoch = core.epochs.next();
  if (!epoch) {
    return refuse(core, node, {ErrorCode::Unavailable, "no epoch can be granted now"});
  }
  ++core.counters.registrations;
  if (node.is_registered() && !is_same_process) {
    // Its process is another one: what the earlier one ran is over.
    end_registration(core, node.identity.node, node.epoch, moment);
  }
  if (!is_same_process) {
    node.seqs = SeqWindow();
    static_cast<void>(node.seqs.is_new(message.seq()));
  }
  core.membership.registered(node, *epoch, told->boot_id, moment.now);
  take_in(node, *told);
  learn_models(core, node, moment);
  const Adoption adoption = core.deployer.adopt(node);
  for (const ReportedReplica& replica : node.replicas) {
    if (replica.state != ReplicaState::Ready) continue;
    core.load.set_capacity(replica.replica, replica.capacity.slots,
                           replica.capacity.kv_tokens_total);
  }
  core.dispatcher.adopt(node, told->running, moment.now);
  send_welcome(core, node, adoption);
  learn_joining(core, node, moment);
  core.outbox.write([id = node.identity.node, json = node.hardware_json](Database& database) {
    NodeTables(database).set_node_hardware(id, json);
  });
  core.views.touch();
  tell_node(core, node, moment);
}

void on_heartbeat(ServerCore& core,
                  NodeRecord& node,
                  const v1::Envelope& message,
                  const Moment& moment) {
  const v1::Heartbeat& beat = message.heartbeat();
  if (beat.beat() <= node.beat_seen && beat.beat() != 0) return;  // overtaken by a newer one
  Result<std::vector<ReportedReplica>> replicas = read_replicas(beat.replicas());
  if (!replicas) {
    ++core.counters.malformed;
    return;
  }
  node.beat_seen = beat.beat();
  node.start_seq_seen =
      std::max(node.start_seq_seen, std::min(beat.start_seq_seen(), node.start_seq));
  const bool is_back = core.membership.beat(node, moment.now);
  const bool leaves = beat.is_draining() && !node.is_leaving;
  node.is_leaving = beat.is_draining();
  if (leaves) core.deployer.plan_soon();
  const bool has_changed =
      !std::equal(replicas->begin(), replicas->end(), node.replicas.begin(),
                  node.replicas.end(), is_same_but_load);
  node.replicas = *std::move(replicas);
  for (const ReportedReplica& replica : node.replicas) {
    core.load.report(replica.replica, replica.load, node.start_seq_seen, moment.now);
  }
  const bool has_new_state = core.deployer.reported(node, moment.now);
  if (has_new_state) learn_joining(core, node, moment);
  if (has_changed || has_new_state || is_back || leaves) core.views.touch();
  if (is_back || leaves) tell_node(core, node, moment);
  core.dispatcher.reported(node, moment.now);
  core.outbox.to_agent(node.peer(), node.epoch).mutable_ack()->set_beat(beat.beat());
  send_echo(core, node, moment);
}

}  // namespace suan::scheduler
