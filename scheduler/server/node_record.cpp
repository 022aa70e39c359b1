#include "scheduler/server/node_record.h"

#include <algorithm>

#include "catalog/wire/keys.h"
#include "scheduler/server/json_text.h"

namespace suan::scheduler {

namespace {

std::string hardware_json_of(const Hardware& hardware) {
  JsonText json;
  json.begin_object()
      .field("hostname", hardware.hostname)
      .field("cpu_model", hardware.cpu_model)
      .field("cores", hardware.cores)
      .field("threads_used", hardware.threads_used)
      .field("numa_nodes", hardware.numa_nodes)
      .field("memory_bytes", hardware.memory_bytes)
      .field("llc_bytes", hardware.llc_bytes)
      .key("isa")
      .begin_array();
  for (const std::string& isa : hardware.isa)
    json.value(isa);
  json.end_array().key("gpus").begin_array();
  for (const GpuDevice& gpu : hardware.gpus) {
    json.begin_object()
        .field("name", gpu.name)
        .field("memory_bytes", gpu.memory_bytes)
        .end_object();
  }
  json.end_array().key("warnings").begin_array();
  for (const std::string& warning : hardware.warnings)
    json.value(warning);
  json.end_array().end_object();
  return json.take();
}

}  // namespace

void RoundTrip::add(Duration measured) {
  last_[count_ % kKept] = measured;
  ++count_;
}

Duration RoundTrip::median() const {
  const size_t kept = std::min(count_, kKept);
  if (kept == 0) return Duration{};
  std::array<Duration, kKept> sorted = last_;
  std::sort(sorted.begin(), sorted.begin() + kept);
  return sorted[(kept - 1) / 2];
}

const DepotModel* NodeRecord::depot_model(const ModelId& model) const {
  for (const DepotModel& entry : depot) {
    if (entry.model == model) return &entry;
  }
  return nullptr;
}

void describe(NodeRecord& node) {
  node.fingerprint = fingerprint_of(node.identity.curve_public_z85);
  node.hardware_json = hardware_json_of(node.hardware);
  JsonText models;
  models.begin_array();
  for (const DepotModel& model : node.depot)
    models.value(model.model.value());
  models.end_array();
  node.models_json = models.take();
}

NodeState state_of(const NodeRecord& node) {
  const NodeIdentity& identity = node.identity;
  if (identity.is_revoked) return NodeState::Revoked;
  if (!identity.is_approved) return NodeState::Pending;
  if (node.liveness == Liveness::Away) return NodeState::Lost;
  if (node.liveness == Liveness::Suspect) return NodeState::Suspect;
  if (node.liveness == Liveness::Unreachable) return NodeState::Unreachable;
  if (identity.is_drained || node.is_leaving) return NodeState::Draining;
  return identity.is_proven ? NodeState::Ready : NodeState::Probation;
}

}  // namespace suan::scheduler
