#include "catalog/store/model_tables.h"

#include "catalog/store/row_reader.h"
#include "catalog/store/text_list.h"

namespace suan {
namespace {

constexpr std::string_view kPutModel = R"sql(
  INSERT INTO model (model_id, digest_hex, architecture, quantization, weight_bytes,
    context_tokens, vocabulary, has_chat_template, first_seen_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (model_id) DO UPDATE SET digest_hex = excluded.digest_hex,
    architecture = excluded.architecture, quantization = excluded.quantization,
    weight_bytes = excluded.weight_bytes, context_tokens = excluded.context_tokens,
    vocabulary = excluded.vocabulary, has_chat_template = excluded.has_chat_template)sql";

constexpr std::string_view kModels = R"sql(
  SELECT model_id, digest_hex, architecture, quantization, weight_bytes, context_tokens,
    vocabulary, has_chat_template
  FROM model ORDER BY model_id)sql";

constexpr std::string_view kPutDeployment = R"sql(
  INSERT INTO deployment (deployment_id, model_id, replicas, sites, created_us, is_retired,
    follows_demand)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (deployment_id) DO UPDATE SET model_id = excluded.model_id,
    replicas = excluded.replicas, sites = excluded.sites, is_retired = excluded.is_retired,
    follows_demand = excluded.follows_demand)sql";

constexpr std::string_view kDeployments = R"sql(
  SELECT deployment_id, model_id, replicas, sites, created_us, is_retired, follows_demand
  FROM deployment WHERE is_retired = 0 ORDER BY created_us, deployment_id)sql";

constexpr std::string_view kRetire = R"sql(
  UPDATE deployment SET is_retired = 1 WHERE model_id = $1 AND is_retired = 0)sql";

constexpr std::string_view kPutReplica = R"sql(
  INSERT INTO replica (replica_id, deployment_id, node_id, model_id, lease_epoch, state)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (replica_id) DO UPDATE SET deployment_id = excluded.deployment_id,
    node_id = excluded.node_id, model_id = excluded.model_id,
    lease_epoch = excluded.lease_epoch, state = excluded.state
  WHERE replica.lease_epoch <= excluded.lease_epoch)sql";

constexpr std::string_view kRemoveReplica = R"sql(
  DELETE FROM replica WHERE replica_id = $1)sql";

constexpr std::string_view kReplicas = R"sql(
  SELECT replica_id, deployment_id, node_id, model_id, lease_epoch, state
  FROM replica ORDER BY replica_id)sql";

std::string sites_text(const std::vector<SiteId>& sites) {
  std::vector<std::string> names;
  names.reserve(sites.size());
  for (const auto& site : sites)
    names.push_back(site.value());
  return join_names(names);
}

std::vector<SiteId> sites_of(const std::string& text) {
  std::vector<SiteId> sites;
  for (auto& name : split_names(text))
    sites.emplace_back(std::move(name));
  return sites;
}

}  // namespace

void ModelTables::put_model(const DepotModel& model, WallTime now) {
  database_.execute(kPutModel,
                    {model.model.value(), model.digest, model.architecture, model.quantization,
                     static_cast<int64_t>(model.weight_bytes), int64_t{model.context_tokens},
                     int64_t{model.vocabulary}, int64_t{model.has_chat_template}, to_us(now)});
}

std::vector<DepotModel> ModelTables::models() {
  return read_all(database_.execute(kModels), [](RowReader& row) {
    DepotModel model;
    model.model = row.id<ModelId>();
    model.digest = row.text();
    model.architecture = row.text();
    model.quantization = row.text();
    model.weight_bytes = row.u64();
    model.context_tokens = row.u32();
    model.vocabulary = row.u32();
    model.has_chat_template = row.flag();
    return model;
  });
}

void ModelTables::put_deployment(const DeploymentRow& deployment) {
  database_.execute(kPutDeployment, {deployment.deployment_id, deployment.model.value(),
                                     int64_t{deployment.replicas}, sites_text(deployment.sites),
                                     to_us(deployment.created), int64_t{deployment.is_retired},
                                     int64_t{deployment.follows_demand}});
}

std::vector<DeploymentRow> ModelTables::deployments() {
  return read_all(database_.execute(kDeployments), [](RowReader& row) {
    DeploymentRow deployment;
    deployment.deployment_id = row.text();
    deployment.model = row.id<ModelId>();
    deployment.replicas = row.u32();
    deployment.sites = sites_of(row.text());
    deployment.created = row.time();
    deployment.is_retired = row.flag();
    deployment.follows_demand = row.flag();
    return deployment;
  });
}

void ModelTables::retire(const ModelId& model) {
  database_.execute(kRetire, {model.value()});
}

void ModelTables::put_replica(const ReplicaRow& replica) {
  database_.execute(
      kPutReplica,
      {static_cast<int64_t>(replica.replica.value()), replica.deployment_id,
       replica.node.value(), replica.model.value(), static_cast<int64_t>(replica.lease_epoch),
       sql_text(to_string(replica.state))});
}

void ModelTables::remove_replica(const ReplicaId& replica) {
  database_.execute(kRemoveReplica, {static_cast<int64_t>(replica.value())});
}

std::vector<ReplicaRow> ModelTables::replicas() {
  return read_all(database_.execute(kReplicas), [](RowReader& row) {
    ReplicaRow replica;
    replica.replica = ReplicaId(row.u64());
    replica.deployment_id = row.text();
    replica.node = row.id<NodeId>();
    replica.model = row.id<ModelId>();
    replica.lease_epoch = row.u64();
    replica.state = row.named(replica_state_of);
    return replica;
  });
}

}  // namespace suan
