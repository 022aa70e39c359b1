#pragma once

// Heavy (protobuf): only .cpp files include this header.

#include <string>
#include <vector>

#include "catalog/types/result.h"
#include "catalog/wire/suan.pb.h"
#include "scheduler/server/attempt.h"
#include "scheduler/server/node_record.h"

namespace suan::scheduler {

/// What a node says of itself when it registers; every range is checked.
struct Registration {
  std::string boot_id;
  Hardware hardware;
  SelfMeasurement measured;
  std::vector<DepotModel> depot;
  std::vector<ReportedReplica> replicas;
  std::vector<RunningAttempt> running;
  std::string version;
};

/// Errors:   BadRequest
[[nodiscard]] Result<Registration> read_registration(const v1::Register& message);
[[nodiscard]] Result<std::vector<ReportedReplica>> read_replicas(
    const google::protobuf::RepeatedPtrField<v1::ReplicaStatus>& messages);

}  // namespace suan::scheduler
