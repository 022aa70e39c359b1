#include <vector>

#include "catalog/wire/convert.h"
#include "node_agent/agent_state.h"

namespace suan::node_agent {

namespace {

ReplicaReport report_of(const LaunchedReplica& launched) {
  ReplicaReport report;
  report.replica = launched.replica;
  report.lease_epoch = launched.lease_epoch;
  report.model = launched.model;
  report.digest = launched.digest;
  report.state = launched.state;
  report.error = launched.error;
  report.memory_bytes = launched.memory_bytes;
  if (launched.runner == nullptr) return report;
  report.capacity = launched.runner->capacity();
  report.load = launched.runner->load();
  return report;
}

}  // namespace

void Agent::State::fill(v1::Register& message) const {
  message.set_boot_id(config.boot_id);
  message.set_version(config.version);
  write(config.hardware, *message.mutable_hardware());
  message.set_memory_read_gb_s(config.measured.memory_read_gb_s);
  message.set_matrix_gflop_s(config.measured.matrix_gflop_s);
  for (const DepotModel& model : launcher.depot())
    write(model, *message.add_depot());
  for (const LaunchedReplica& one : launcher.replicas()) {
    write(report_of(one), *message.add_replicas());
  }
  std::vector<RunningAttempt> running_now = attempts.list();
  // Those whose body is still on its way hold room, too.
  for (const StartOrder& order : joiner.starts()) {
    running_now.push_back(running_attempt_of(order, 0));
  }
  for (const RunningAttempt& one : running_now) {
    v1::Running& running = *message.add_running();
    running.set_request_id(write_request_id(one.request));
    running.set_attempt(one.attempt);
    running.set_stream_id(one.stream.value());
    running.set_replica_id(one.replica.value());
    running.set_kv_tokens(one.kv_tokens);
  }
}

void Agent::State::fill(v1::Heartbeat& message) const {
  for (const LaunchedReplica& one : launcher.replicas()) {
    write(report_of(one), *message.add_replicas());
  }
  message.set_start_seq_seen(start_seq_epoch == membership.node_epoch() ? start_seq_seen : 0);
  message.set_is_draining(terminal == AgentState::Draining);
}

}  // namespace suan::node_agent
