#include "scheduler/server/registration_reader.h"

#include <utility>

#include "catalog/types/text.h"
#include "catalog/wire/convert.h"

namespace suan::scheduler {

namespace {

constexpr int kReplicasMax = 256;
constexpr int kDepotMax = 1024;
constexpr size_t kBootIdMax = 64;

Result<ReportedReplica> read_replica(const v1::ReplicaStatus& message) {
  Result<ReplicaReport> report = read(message);
  if (!report) return forward(report.error());
  return ReportedReplica{.replica = report->replica,
                         .lease_epoch = report->lease_epoch,
                         .model = std::move(report->model),
                         .digest = std::move(report->digest),
                         .state = report->state,
                         .error = std::move(report->error),
                         .capacity = report->capacity,
                         .load = report->load,
                         .memory_bytes = report->memory_bytes};
}

Result<std::vector<RunningAttempt>> read_running(const v1::Register& message) {
  std::vector<RunningAttempt> running;
  for (const v1::Running& one : message.running()) {
    const Result<RequestId> request = read_request_id(one.request_id());
    if (!request) return forward(request.error());
    running.push_back({*request, one.attempt(), StreamId(one.stream_id()),
                       ReplicaId(one.replica_id()), one.kv_tokens()});
  }
  return running;
}

}  // namespace

Result<std::vector<ReportedReplica>> read_replicas(
    const google::protobuf::RepeatedPtrField<v1::ReplicaStatus>& messages) {
  if (messages.size() > kReplicasMax) {
    return fail(ErrorCode::BadRequest, "a node has at most {} replicas", kReplicasMax);
  }
  std::vector<ReportedReplica> replicas;
  replicas.reserve(static_cast<size_t>(messages.size()));
  for (const v1::ReplicaStatus& message : messages) {
    Result<ReportedReplica> replica = read_replica(message);
    if (!replica) return forward(replica.error());
    replicas.push_back(*std::move(replica));
  }
  return replicas;
}

Result<Registration> read_registration(const v1::Register& message) {
  Registration registration;
  const std::string& boot_id = message.boot_id();
  if (boot_id.empty() || boot_id.size() > kBootIdMax || printable(boot_id) != boot_id) {
    return fail_param(ErrorCode::BadRequest, "boot_id", "1 to {} plain characters", kBootIdMax);
  }
  registration.boot_id = boot_id;
  Result<Hardware> hardware = read(message.hardware());
  if (!hardware) return forward(hardware.error());
  registration.hardware = *std::move(hardware);
  const auto is_rate = [](double rate) { return rate >= 0 && rate <= 1e12; };
  if (!is_rate(message.memory_read_gb_s()) || !is_rate(message.matrix_gflop_s())) {
    return fail(ErrorCode::BadRequest, "a measured rate is out of range");
  }
  registration.measured = {message.memory_read_gb_s(), message.matrix_gflop_s()};
  if (message.depot_size() > kDepotMax) {
    return fail(ErrorCode::BadRequest, "a depot has at most {} models", kDepotMax);
  }
  for (const v1::DepotModel& entry : message.depot()) {
    Result<DepotModel> model = read(entry);
    if (!model) return forward(model.error());
    registration.depot.push_back(*std::move(model));
  }
  Result<std::vector<ReportedReplica>> replicas = read_replicas(message.replicas());
  if (!replicas) return forward(replicas.error());
  registration.replicas = *std::move(replicas);
  Result<std::vector<RunningAttempt>> running = read_running(message);
  if (!running) return forward(running.error());
  registration.running = *std::move(running);
  registration.version = printable(message.version(), 64);
  return registration;
}

}  // namespace suan::scheduler
