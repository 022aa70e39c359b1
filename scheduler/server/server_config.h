#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/time.h"
#include "catalog/wire/keys.h"
#include "scheduler/placement/place.h"
#include "scheduler/planning/plan.h"

namespace suan::scheduler {

/// Where agents reach a gateway's token socket.
struct GatewayAddress {
  std::string gateway_id = "main";
  std::string
      endpoint;  // `tcp://:7401`: an empty host is the one where the agent reached control
  std::string server_public_z85;
};

/// Liveness of nodes, on the loop's clock (`scheduler.md`, section 3.2).
struct Timings {
  Duration heartbeat_every = 1s;
  Duration suspect_after = 2500ms;  // no new work
  Duration refuse_after = 8s;       // the agent refuses Start by itself
  Duration lease = 10s;             // ends so long after the last accepted beat
  Duration lost_after = 12s;        // slots may be granted again
  Duration heard_within = 4s;       // a gateway heard the node's tokens: Unreachable, not Lost
  Duration unreachable_regrant = 60s;
  Duration start_acknowledged_within = 1s;
  Duration echo_every = 5s;
  Duration stall = 500ms;  // a turn later than this pushes deadlines back
  Duration settle = 20s;   // after a start: no replica moves
};

/// Room of the central queues (`scheduler.md`, section 4.6); full is 429.
struct QueueLimits {
  Duration paid_wait = 10s;
  Duration free_wait = 5s;
  Duration batch_wait = 600s;
  uint64_t paid_bytes = 64ULL << 20;
  uint64_t free_bytes = 32ULL << 20;
  uint64_t batch_bytes = 256ULL << 20;
  uint32_t entries = 100'000;  // of one class
};

struct ServerConfig {
  uint64_t seed = 1;  // of every random choice; live servers draw it from the system
  std::vector<GatewayAddress> gateways;
  std::string gateway_peer = "gateway:main";  // what the gateway's channel calls the other end
  std::string control_address;                // default address written into tickets
  std::string control_public_z85;             // the control socket's key, written into tickets
  Timings timings;
  QueueLimits queues;
  Duration view_every = 1s;             // to the gateway
  uint32_t decisions_kept = 4096;       // in memory, for an immediate explain
  uint32_t placement_events_per_s = 5;  // sampled: `placement` events to subscribers

  /// Makes the one-time keys of tickets; simulations hand in seeded ones.
  std::function<CurveKeyPair()> make_keys = make_curve_key_pair;

  /// Chooses replicas; simulations hand in baselines to compare with.
  PlaceFunction place = scheduler::place;

  /// Keeps the raw lines of a benchmark run (canonical JSON, without line ends); cli joins the
  /// record files. Called on the loop: must not block. Unset: lines are dropped.
  std::function<void(const std::string& run_id, const std::vector<std::string>& lines)>
      keep_lines;

  /// Plans elsewhere than on the loop, and calls `done` on the loop later; false: not now. Unset: the
  /// loop plans by itself.
  std::function<bool(std::shared_ptr<const PlanInput>, std::function<void(Plan)> done)>
      plan_elsewhere;
};

}  // namespace suan::scheduler
