#include "catalog/types/node.h"

#include "catalog/types/names.h"

namespace suan {

namespace {

constexpr auto kNodeStates = name_table<NodeState>("pending",
                                                   "probation",
                                                   "ready",
                                                   "suspect",
                                                   "unreachable",
                                                   "lost",
                                                   "draining",
                                                   "quarantined",
                                                   "revoked");
constexpr auto kReplicaStates =
    name_table<ReplicaState>("wanted", "loading", "ready", "draining", "stopped", "failed");

}  // namespace

std::string_view to_string(NodeState state) {
  return kNodeStates.name_of(state);
}

std::optional<NodeState> node_state_of(std::string_view name) {
  return kNodeStates.value_of(name);
}

std::string_view to_string(ReplicaState state) {
  return kReplicaStates.name_of(state);
}

std::optional<ReplicaState> replica_state_of(std::string_view name) {
  return kReplicaStates.value_of(name);
}

}  // namespace suan
