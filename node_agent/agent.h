#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "catalog/types/node.h"
#include "catalog/types/time.h"
#include "catalog/wire/channel.h"
#include "catalog/wire/loop.h"
#include "node_agent/launcher.h"

namespace suan::node_agent {

/// A gateway as `Welcome` names it.
struct GatewayEndpoint {
  std::string gateway_id;
  std::string endpoint;           // an empty host: the one where control was reached
  std::string server_public_z85;  // empty: the same as control's
};

/// Opens the token connection to one gateway; the channel calls its other end
/// `gateway:<id>`. Null when the endpoint is of no use; the agent then tries again at the
/// next Welcome.
using GatewayConnector = std::function<std::unique_ptr<Channel>(const GatewayEndpoint&)>;

struct AgentConfig {
  std::string boot_id;  // drawn anew at each start of the process
  uint64_t seed = 1;    // of jitter
  std::string version = "0.1.0";
  Hardware hardware;
  SelfMeasurement measured;
  Peer scheduler{"scheduler"};

  Duration heartbeat_every = 1s;  // until Welcome says otherwise
  Duration hello_every = 1s;      // a sign of life on each token connection
  Duration refuse_after = 8s;     // no Start once the last acknowledged beat is so old
  Duration silence_max = 3s;      // without an Ack: register again
  Duration register_pause_max = 10s;
  Duration unapproved_after = 10s;  // of silence from the start on: say so
  Duration keep_unleased = 15min;   // then the weights are unloaded
  Duration progress_every = 50ms;
  uint32_t progress_items_max = 64;

  Duration half_wait = 5s;  // for the missing one of Start and Body
  uint32_t pending_max = 1'024;
  uint64_t pending_bytes_max = 64U << 20U;
  uint32_t body_bytes_max = 16U << 20U;
  uint32_t streams_max = 4'096;
  uint64_t stream_buffer_bytes_max = 1U << 20U;  // of tokens that a gateway does not take
  Duration attempt_max = 1h;                     // for requests without a deadline
  Duration drain_max = 30s;
  Duration farewell_max = 2s;  // for gateways to say that they have read everything
};

/// Where the agent stands with the scheduler.
enum class AgentState : uint8_t { Joining, Registered, Draining, Left, Fenced };

[[nodiscard]] std::string_view to_string(AgentState state);

/// The role at a compute centre: keeps its lease, makes wanted replicas true, and carries
/// attempts from Start and Body to the last token.
///
/// Listens on no port: it speaks over connections that it opened. The whole of its state is
/// in every Heartbeat and Register, so losing a message costs nothing.
/// Threads:  the loop's.
class Agent {
 public:
  struct Counters {
    uint64_t starts = 0;
    uint64_t starts_refused = 0;
    uint64_t finished = 0;
    uint64_t stale_dropped = 0;  // smaller epochs, repeated numbers
    uint64_t malformed = 0;
    uint64_t unknown_kinds = 0;
    uint64_t streams_overflowed = 0;  // gateways that did not take their tokens
    uint64_t registrations = 0;
  };

  /// A sentence for the operator: refused, not approved, fenced, registered.
  using OnStatus = std::function<void(AgentState state, const std::string& sentence)>;

  /// All references outlive the agent. `launcher` must have no other owner of its handlers.
  Agent(Loop& loop,
        Channel& control,
        GatewayConnector connect,
        Launcher& launcher,
        AgentConfig config);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  void on_status(OnStatus handler);

  /// Finishes what runs, takes nothing new, then leaves; `done` is called once, after
  /// `drain_max` at the latest.
  void drain(std::function<void()> done);

  [[nodiscard]] AgentState state() const;
  /// Drawn by the scheduler at each registration; 0 before the first Welcome.
  [[nodiscard]] uint64_t node_epoch() const;
  /// May new attempts start? False once the last acknowledged beat is too old.
  [[nodiscard]] bool is_leased() const;
  [[nodiscard]] uint32_t running() const;
  [[nodiscard]] Counters counters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace suan::node_agent
