#pragma once

#include <string>

#include "catalog/types/result.h"
#include "scheduler/server/events.h"
#include "scheduler/server/server_core.h"

namespace suan::v1 {
class Command;
class Query;
class Register;
}  // namespace suan::v1

namespace suan::scheduler {

// Messages at the door, one function per side. Everything in them is checked before use; what
// this peer may not say is counted and dropped.
void on_agent_message(ServerCore& core,
                      const Peer& from,
                      const v1::Envelope& message,
                      const Moment& moment);
void on_gateway_message(ServerCore& core, const v1::Envelope& message, const Moment& moment);
void on_observer_message(ServerCore& core, const v1::Envelope& message, const Moment& moment);

void on_register(ServerCore& core,
                 NodeRecord& node,
                 const v1::Envelope& message,
                 const Moment& moment);
void on_heartbeat(ServerCore& core,
                  NodeRecord& node,
                  const v1::Envelope& message,
                  const Moment& moment);

void run_query(ServerCore& core, const v1::Query& query, const Moment& moment);
void run_command(ServerCore& core, const v1::Command& command, const Moment& moment);

/// The plan that `query_id` wanted to see is made.
void answer_proposal(ServerCore& core, uint64_t query_id, const Plan& plan);

/// What `/api/v1` asked gets its JSON or its error.
void answer(ServerCore& core, uint64_t query_id, const Result<std::string>& json);

// Steps that several handlers share.

/// A registration is over: attempts, benchmark executions and gateways' streams on it end.
void end_registration(ServerCore& core,
                      const NodeId& node,
                      uint64_t epoch,
                      const Moment& moment);
/// Liveness has changed; Lost ends the registration and frees the slots.
void apply(ServerCore& core, const NodeChange& change, const Moment& moment);
/// Tells those who watch about a node.
void tell_node(ServerCore& core, const NodeRecord& node, const Moment& moment);
/// Writes down the node's administrative state.
void save_node_state(ServerCore& core, const NodeRecord& node);
/// Results that may be relied on reach the catalog, the estimator and the next view.
void learn(ServerCore& core, const std::vector<Measurement>& measurements);
/// The gateway's whole view of the network, now.
void send_view(ServerCore& core, const Moment& moment);
[[nodiscard]] std::string metrics_json(const ServerCore& core);

}  // namespace suan::scheduler
