#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/node.h"
#include "catalog/types/time.h"
#include "catalog/wire/channel.h"
#include "scheduler/server/seq_window.h"

namespace suan::scheduler {

/// A replica as its node last told of it.
struct ReportedReplica {
  ReplicaId replica;
  uint64_t lease_epoch = 0;
  ModelId model;
  std::string digest;
  ReplicaState state = ReplicaState::Wanted;
  std::string error;
  ReplicaCapacity capacity;
  ReplicaLoad load;
  uint64_t memory_bytes = 0;
};

/// What the store keeps about a node.
struct NodeIdentity {
  NodeId node;
  SiteId site;
  std::string curve_public_z85;
  std::string receipt_public_hex;
  std::string hostname;
  bool is_approved = false;
  bool is_proven =
      false;  // out of Probation: measured by a sealed run, or by 200 good requests
  bool is_drained = false;  // by an operator
  bool is_revoked = false;
};

enum class Liveness : uint8_t { Away, Alive, Suspect, Unreachable };

/// The round trip to a node: the median of the last few, so that one late answer means nothing.
class RoundTrip {
 public:
  void add(Duration measured);
  /// Zero before the first.
  [[nodiscard]] Duration median() const;

 private:
  static constexpr size_t kKept = 7;
  std::array<Duration, kKept> last_{};
  size_t count_ = 0;
};

/// One node: its identity, its registration and its last words.
struct NodeRecord {
  NodeIdentity identity;

  // The registration; void while Away.
  Liveness liveness = Liveness::Away;
  uint64_t epoch = 0;           // fencing token; messages under another are dropped
  uint64_t replaced_epoch = 0;  // another process of the same key held it before
  std::string boot_id;
  Time heard_at{};
  Time heard_by_gateway_at = Time::min();
  Time echoed_at{};
  SeqWindow seqs;
  uint64_t beat_seen = 0;
  uint64_t start_seq = 0;  // the last given out; grows over registrations, too
  uint64_t start_seq_seen = 0;
  bool is_leaving = false;  // drains by itself
  uint32_t good_requests = 0;

  // What it told.
  Hardware hardware;
  SelfMeasurement measured;
  std::vector<DepotModel> depot;
  std::string version;
  std::vector<ReportedReplica> replicas;
  RoundTrip round_trip;

  // Made once per registration (`describe`), since listings are made each second.
  std::string fingerprint;
  std::string hardware_json = "{}";
  std::string models_json = "[]";

  [[nodiscard]] bool is_registered() const { return liveness != Liveness::Away; }

  [[nodiscard]] Peer peer() const { return peer_of(identity.node); }

  [[nodiscard]] const DepotModel* depot_model(const ModelId& model) const;
};

/// Renews the parts of listings that change with a registration only.
void describe(NodeRecord& node);

/// The state that people and placement see.
[[nodiscard]] NodeState state_of(const NodeRecord& node);

}  // namespace suan::scheduler
