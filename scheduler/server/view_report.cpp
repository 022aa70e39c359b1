#include "scheduler/server/view_report.h"

#include <algorithm>
#include <limits>
#include <set>

#include "catalog/wire/convert.h"

namespace suan::scheduler {

namespace {

constexpr size_t kRowBytes = 768;  // of a node or a replica in a listing, about

struct SiteSums {
  uint64_t nodes = 0;
  uint64_t nodes_alive = 0;
  uint64_t replicas_ready = 0;
  uint64_t running = 0;
  uint64_t waiting = 0;
  uint64_t slots = 0;
};

std::map<SiteId, SiteSums> sums_of(const Membership& membership) {
  std::map<SiteId, SiteSums> sums;
  for (const auto& [id, node] : membership.nodes()) {
    if (node.identity.is_revoked) continue;
    SiteSums& site = sums[node.identity.site];
    ++site.nodes;
    if (node.liveness == Liveness::Alive) ++site.nodes_alive;
    for (const ReportedReplica& replica : node.replicas) {
      if (replica.state != ReplicaState::Ready) continue;
      ++site.replicas_ready;
      site.running += replica.load.running;
      site.waiting += replica.load.waiting;
      site.slots += replica.capacity.slots;
    }
  }
  return sums;
}

void write_node(const NodeRecord& node, const Moment& moment, JsonText& json) {
  json.begin_object()
      .field("id", node.identity.node.value())
      .field("site", node.identity.site.value())
      .field("state", to_string(state_of(node)))
      .field("fingerprint", node.fingerprint)
      .field("epoch", std::to_string(node.epoch))
      .field("version", node.version);
  json.key("heard_ms_ago");
  if (node.is_registered()) {
    json.value(to_ms(moment.now - node.heard_at));
  } else {
    json.null();
  }
  json.field("rtt_ms", to_ms(node.round_trip.median()))
      .field("memory_read_gb_s", node.measured.memory_read_gb_s)
      .field("matrix_gflop_s", node.measured.matrix_gflop_s)
      .key("hardware")
      .raw(node.hardware_json)
      .key("models")
      .raw(node.models_json)
      .end_object();
}

/// Null: the node, if there is one, has not told of it.
const ReportedReplica* reported_of(const NodeRecord* node, const Slot& slot) {
  if (node == nullptr) return nullptr;
  for (const ReportedReplica& reported : node->replicas) {
    if (reported.replica == slot.replica) return &reported;
  }
  return nullptr;
}

void write_replica(const Facts& facts, const Slot& slot, JsonText& json) {
  const NodeRecord* node = facts.membership.find(slot.node);
  json.begin_object()
      .field("id", std::to_string(slot.replica.value()))
      .field("model", slot.model.value())
      .field("node", slot.node.value())
      .field("site", node == nullptr ? std::string() : node->identity.site.value())
      .field("state", to_string(slot.state))
      .field("error", slot.error)
      .field("lease_epoch", std::to_string(slot.lease_epoch))
      .field("failures", slot.failures);
  if (const ReportedReplica* reported = reported_of(node, slot)) {
    json.field("slots", reported->capacity.slots)
        .field("kv_tokens_total", reported->capacity.kv_tokens_total)
        .field("context_tokens", reported->capacity.context_tokens)
        .field("prefill_tokens_per_s", reported->capacity.prefill_tokens_per_s)
        .field("decode_tokens_per_s", reported->capacity.decode_tokens_per_s)
        .field("decode_tokens_per_s_full", reported->capacity.decode_tokens_per_s_full)
        .field("running", reported->load.running)
        .field("waiting", reported->load.waiting)
        .field("kv_tokens_taken", reported->load.kv_tokens_taken)
        .field("prefill_tokens_queued", reported->load.prefill_tokens_queued)
        .field("tokens_generated_total", reported->load.tokens_generated_total)
        .field("memory_bytes", reported->memory_bytes);
  }
  const Load* load = facts.load.find(slot.replica);
  json.field("in_flight", load == nullptr ? 0U : load->in_flight).end_object();
}

struct Service {
  std::set<SiteId> sites;
  uint32_t context_tokens = 0;
  int64_t input_n = std::numeric_limits<int64_t>::max();
  int64_t output_n = std::numeric_limits<int64_t>::max();
  bool is_ready = false;
};

std::map<ModelId, Service> services_of(const Facts& facts) {
  std::map<ModelId, Service> services;
  for (const auto& [model, deployment] : facts.deployer.deployments())
    services[model];
  for (const auto& [id, slot] : facts.deployer.slots()) {
    const NodeRecord* node = facts.membership.find(slot.node);
    const ReportedReplica* reported = reported_of(node, slot);
    const bool is_ready =
        slot.state == ReplicaState::Ready && reported != nullptr && takes_work(state_of(*node));
    if (!is_ready) continue;
    Service& service = services[slot.model];
    service.is_ready = true;
    service.sites.insert(node->identity.site);
    service.context_tokens =
        std::max(service.context_tokens, reported->capacity.context_tokens);
    const Offer* offer = facts.catalog.offer_of(node->identity.site, slot.model);
    const int64_t input_n = offer == nullptr ? 0 : offer->input_n_per_token;
    const int64_t output_n = offer == nullptr ? 0 : offer->output_n_per_token;
    if (output_n < service.output_n) {
      service.input_n = input_n;
      service.output_n = output_n;
    }
  }
  return services;
}

}  // namespace

void write_view(const Facts& facts, const Moment& moment, v1::View& view) {
  bool can_serve = false;
  for (const auto& [id, service] : services_of(facts)) {
    const auto model = facts.catalog.models.find(id);
    if (model == facts.catalog.models.end()) continue;
    can_serve = can_serve || service.is_ready;
    const DepotModel& about = model->second.about;
    v1::ModelService& added = *view.add_models();
    added.set_model_id(id.value());
    added.set_architecture(about.architecture);
    added.set_quantization(about.quantization);
    added.set_context_tokens(service.is_ready ? service.context_tokens : about.context_tokens);
    added.set_vocabulary(about.vocabulary);
    added.set_has_chat_template(about.has_chat_template);
    for (const SiteId& site : service.sites)
      added.add_site_ids(site.value());
    added.set_input_n_per_token(service.is_ready ? service.input_n : 0);
    added.set_output_n_per_token(service.is_ready ? service.output_n : 0);
    added.set_created_us(to_us(model->second.created));
  }
  view.set_can_serve(can_serve);
  JsonText json(kRowBytes *
                (facts.membership.nodes().size() + facts.deployer.slots().size() + 1));
  json.begin_object().field("at", moment.wall).key("sites").begin_array();
  write_sites(facts, json);
  json.end_array().key("nodes").begin_array();
  write_nodes(facts, moment, json);
  json.end_array().key("replicas").begin_array();
  write_replicas(facts, json);
  json.end_array().end_object();
  view.set_json(json.take());
}

void write_sites(const Facts& facts, JsonText& json) {
  const std::map<SiteId, SiteSums> sums = sums_of(facts.membership);
  for (const auto& [id, site] : facts.catalog.sites) {
    const auto found = sums.find(id);
    const SiteSums sum = found == sums.end() ? SiteSums{} : found->second;
    json.begin_object()
        .field("id", id.value())
        .field("name", site.name)
        .field("region", site.region)
        .field("latitude", site.latitude)
        .field("longitude", site.longitude)
        .field("nodes", sum.nodes)
        .field("nodes_alive", sum.nodes_alive)
        .field("replicas_ready", sum.replicas_ready)
        .field("running", sum.running)
        .field("waiting", sum.waiting)
        .field("slots", sum.slots)
        .end_object();
  }
}

void write_nodes(const Facts& facts, const Moment& moment, JsonText& json) {
  for (const auto& [id, node] : facts.membership.nodes())
    write_node(node, moment, json);
}

void write_replicas(const Facts& facts, JsonText& json) {
  for (const auto& [id, slot] : facts.deployer.slots())
    write_replica(facts, slot, json);
}

}  // namespace suan::scheduler
