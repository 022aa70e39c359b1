#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/node.h"
#include "catalog/types/time.h"
#include "scheduler/server/brake.h"
#include "scheduler/server/node_record.h"
#include "scheduler/server/server_config.h"

namespace suan::scheduler {

/// A change of a node's liveness that others must act on.
struct NodeChange {
  NodeId node;
  NodeState state{};   // the new one
  uint64_t epoch = 0;  // of the registration that it is about
};

/// All nodes of the catalog, and what is known of their being alive.
///
/// Deadlines only: it sends nothing. Which node speaks was settled by the caller.
/// Threads:  the scheduler loop only.
class Membership {
 public:
  explicit Membership(Timings timings) : timings_(timings) {}

  Membership(Membership&&) = default;  // records stay where they are
  Membership& operator=(Membership&&) = default;
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;
  ~Membership() = default;

  NodeRecord& add(NodeRecord node);
  [[nodiscard]] NodeRecord* find(const NodeId& node);
  [[nodiscard]] const NodeRecord* find(const NodeId& node) const;

  [[nodiscard]] const std::map<NodeId, NodeRecord>& nodes() const { return nodes_; }

  [[nodiscard]] std::map<NodeId, NodeRecord>& nodes() { return nodes_; }

  /// A Register was accepted under `epoch`: the node is alive and earlier epochs are over.
  void registered(NodeRecord& node, uint64_t epoch, const std::string& boot_id, Time now);

  /// A valid beat: renews the lease. True when the node was not alive before.
  bool beat(NodeRecord& node, Time now);

  /// The node's connection is gone: Suspect at once.
  std::vector<NodeChange> unreachable(const NodeId& node);

  /// A gateway's token socket heard the node.
  void heard_by_gateway(const NodeId& node, Time now);

  /// The node's registration is over (left, removed).
  void lost(NodeRecord& node);

  /// Applies all deadlines that have passed; cheap when none has.
  std::vector<NodeChange> expire(Time now);

  /// The loop itself stood still for so long: that is no node's silence.
  void push_back(Duration stall, Time now);

  /// True while so many nodes are silent that losses are held back.
  [[nodiscard]] bool is_braking() const { return is_braking_; }

 private:
  [[nodiscard]] bool is_lost_now(const NodeRecord& node, Time now) const;
  void count(uint32_t& silent, uint32_t& registered) const;

  Timings timings_;
  Brake brake_;
  bool is_braking_ = false;
  std::map<NodeId, NodeRecord> nodes_;             // in an order that repeats
  std::unordered_map<NodeId, NodeRecord*> by_id_;  // into it: each message asks
};

}  // namespace suan::scheduler
