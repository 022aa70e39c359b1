#include <algorithm>

#include "catalog/wire/convert.h"
#include "catalog/wire/convert_check.h"

namespace suan {

namespace {

constexpr int kListMax = 256;
constexpr size_t kTextMax = 1024;

/// Text that people wrote or a machine reported: shown one day, so made harmless here.
std::string plain(const std::string& text) {
  return printable(text, kTextMax);
}

template <class List>
std::vector<std::string> plain_list(const List& list) {
  std::vector<std::string> texts;
  for (const auto& text : list)
    texts.push_back(plain(text));
  return texts;
}

bool is_digest(const std::string& text) {
  const bool has_length = text.empty() || text.size() == 64;
  return has_length && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

ReplicaCapacity read_capacity(const v1::ReplicaStatus& message) {
  return {message.slots(),
          message.kv_tokens_total(),
          message.context_tokens(),
          message.prefill_tokens_per_s(),
          message.decode_tokens_per_s(),
          message.decode_tokens_per_s_full()};
}

ReplicaLoad read_load(const v1::ReplicaStatus& message) {
  return {message.running(), message.waiting(), message.kv_tokens_taken(),
          message.prefill_tokens_queued(), message.tokens_generated_total()};
}

}  // namespace

Result<Hardware> read(const v1::Hardware& message) {
  MessageCheck check("Hardware");
  check.require(message.isa_size() <= kListMax, "isa");
  check.require(message.gpus_size() <= kListMax, "gpus");
  check.require(message.warnings_size() <= kListMax, "warnings");
  if (!check.is_fine()) return check.error();

  Hardware hardware;
  hardware.hostname = plain(message.hostname());
  hardware.cpu_model = plain(message.cpu_model());
  hardware.isa = plain_list(message.isa());
  hardware.cores = message.cores();
  hardware.threads_used = message.threads_used();
  hardware.numa_nodes = message.numa_nodes();
  hardware.memory_bytes = message.memory_bytes();
  hardware.llc_bytes = message.llc_bytes();
  for (const v1::Gpu& gpu : message.gpus()) {
    hardware.gpus.push_back({plain(gpu.name()), gpu.memory_bytes()});
  }
  hardware.warnings = plain_list(message.warnings());
  return hardware;
}

void write(const Hardware& hardware, v1::Hardware& message) {
  message.set_hostname(hardware.hostname);
  message.set_cpu_model(hardware.cpu_model);
  for (const std::string& isa : hardware.isa)
    message.add_isa(isa);
  message.set_cores(hardware.cores);
  message.set_threads_used(hardware.threads_used);
  message.set_numa_nodes(hardware.numa_nodes);
  message.set_memory_bytes(hardware.memory_bytes);
  message.set_llc_bytes(hardware.llc_bytes);
  for (const GpuDevice& gpu : hardware.gpus) {
    v1::Gpu& added = *message.add_gpus();
    added.set_name(gpu.name);
    added.set_memory_bytes(gpu.memory_bytes);
  }
  for (const std::string& warning : hardware.warnings)
    message.add_warnings(warning);
}

Result<DepotModel> read(const v1::DepotModel& message) {
  MessageCheck check("DepotModel");
  check.require_name(message.model_id(), "model_id");
  check.require(is_digest(message.digest_hex()), "digest_hex");
  if (!check.is_fine()) return check.error();

  DepotModel model;
  model.model = ModelId(message.model_id());
  model.digest = message.digest_hex();
  model.architecture = plain(message.architecture());
  model.quantization = plain(message.quantization());
  model.weight_bytes = message.weight_bytes();
  model.context_tokens = message.context_tokens();
  model.vocabulary = message.vocabulary();
  model.has_chat_template = message.has_chat_template();
  return model;
}

void write(const DepotModel& model, v1::DepotModel& message) {
  message.set_model_id(model.model.value());
  message.set_digest_hex(model.digest);
  message.set_architecture(model.architecture);
  message.set_quantization(model.quantization);
  message.set_weight_bytes(model.weight_bytes);
  message.set_context_tokens(model.context_tokens);
  message.set_vocabulary(model.vocabulary);
  message.set_has_chat_template(model.has_chat_template);
}

Result<ReplicaReport> read(const v1::ReplicaStatus& message) {
  const auto state = replica_state_of(message.state());
  MessageCheck check("ReplicaStatus");
  check.require(message.replica_id() != 0, "replica_id");
  check.require_name(message.model_id(), "model_id");
  check.require(is_digest(message.digest_hex()), "digest_hex");
  check.require(state.has_value(), "state");
  check.require_amount(message.prefill_tokens_per_s(), "prefill_tokens_per_s");
  check.require_amount(message.decode_tokens_per_s(), "decode_tokens_per_s");
  check.require_amount(message.decode_tokens_per_s_full(), "decode_tokens_per_s_full");
  if (!check.is_fine()) return check.error();

  ReplicaReport report;
  report.replica = ReplicaId(message.replica_id());
  report.lease_epoch = message.lease_epoch();
  report.model = ModelId(message.model_id());
  report.digest = message.digest_hex();
  report.state = *state;
  report.error = plain(message.error());
  report.capacity = read_capacity(message);
  report.load = read_load(message);
  report.memory_bytes = message.memory_bytes();
  return report;
}

void write(const ReplicaReport& report, v1::ReplicaStatus& message) {
  message.set_replica_id(report.replica.value());
  message.set_lease_epoch(report.lease_epoch);
  message.set_model_id(report.model.value());
  message.set_digest_hex(report.digest);
  message.set_state(std::string(to_string(report.state)));
  message.set_error(report.error);
  message.set_slots(report.capacity.slots);
  message.set_kv_tokens_total(report.capacity.kv_tokens_total);
  message.set_context_tokens(report.capacity.context_tokens);
  message.set_prefill_tokens_per_s(report.capacity.prefill_tokens_per_s);
  message.set_decode_tokens_per_s(report.capacity.decode_tokens_per_s);
  message.set_decode_tokens_per_s_full(report.capacity.decode_tokens_per_s_full);
  message.set_running(report.load.running);
  message.set_waiting(report.load.waiting);
  message.set_kv_tokens_taken(report.load.kv_tokens_taken);
  message.set_prefill_tokens_queued(report.load.prefill_tokens_queued);
  message.set_tokens_generated_total(report.load.tokens_generated_total);
  message.set_memory_bytes(report.memory_bytes);
}

Result<Measurement> read(const v1::MeasurementRow& message, WallTime at) {
  const auto metric = metric_of(message.metric());
  const auto evidence = evidence_of(message.evidence());
  const auto is_finite_or_unset = [](bool is_set, double value) {
    return !is_set || std::isfinite(value);
  };
  MessageCheck check("MeasurementRow");
  check.require(!message.run_id().empty() && message.run_id().size() <= 256, "run_id");
  check.require_name(message.site_id(), "site_id");
  check.require_name(message.node_id(), "node_id");
  check.require(message.model_id().empty() || is_valid_name(message.model_id()), "model_id");
  check.require(metric.has_value(), "metric");
  check.require(evidence.has_value(), "evidence");
  check.require(std::isfinite(message.value()) && message.value() > 0, "value");
  check.require(is_finite_or_unset(message.has_low(), message.low()), "low");
  check.require(is_finite_or_unset(message.has_high(), message.high()), "high");
  check.require_amount(message.log_sd(), "log_sd");
  if (!check.is_fine()) return check.error();

  Measurement measurement;
  measurement.run_id = plain(message.run_id());
  measurement.site = SiteId(message.site_id());
  measurement.node = NodeId(message.node_id());
  measurement.model = ModelId(message.model_id());
  measurement.metric = *metric;
  measurement.value = message.value();
  if (message.has_low()) measurement.low = message.low();
  if (message.has_high()) measurement.high = message.high();
  measurement.log_sd = message.log_sd();
  measurement.evidence = *evidence;
  measurement.at = at;
  return measurement;
}

void write(const Measurement& measurement, v1::MeasurementRow& message) {
  message.set_run_id(measurement.run_id);
  message.set_site_id(measurement.site.value());
  message.set_node_id(measurement.node.value());
  message.set_model_id(measurement.model.value());
  message.set_metric(std::string(to_string(measurement.metric)));
  message.set_value(measurement.value);
  if (measurement.low) message.set_low(*measurement.low);
  if (measurement.high) message.set_high(*measurement.high);
  message.set_log_sd(measurement.log_sd);
  message.set_evidence(std::string(to_string(measurement.evidence)));
}

}  // namespace suan
