#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/types/request.h"
#include "catalog/types/time.h"
#include "scheduler/placement/load_table.h"

namespace suan::scheduler {

/// One attempt that a replica works on, and the room it holds there.
struct Attempt {
  RequestFacts facts;  // of an adopted one only request and attempt number
  StreamId stream;
  NodeId node;
  SiteId site;
  uint64_t node_epoch = 0;
  ReplicaId replica;
  uint64_t lease_epoch = 0;
  uint64_t start_seq = 0;
  Time started_at{};
  Time deadline = Time::max();  // of the request; long after it the attempt is dropped
  uint64_t work_charged = 0;
  bool is_acknowledged = false;
  bool is_adopted = false;
  Reservation reservation;
};

/// What a node says runs there, in its Register.
struct RunningAttempt {
  RequestId request;
  uint32_t attempt = 1;
  StreamId stream;
  ReplicaId replica;
  uint32_t kv_tokens = 0;
};

/// `Finished`, checked.
struct AttemptReport {
  RequestId request;
  uint32_t attempt = 1;
  StreamId stream;
  ReplicaId replica;
  Usage usage;
  std::string status;  // done, error, cancelled
  std::string code;
  Duration prefill{};
  Duration decode{};
  uint32_t batch_max = 0;
};

}  // namespace suan::scheduler
