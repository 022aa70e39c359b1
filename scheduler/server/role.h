#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/store/database.h"
#include "catalog/store/store.h"
#include "catalog/wire/channel.h"
#include "catalog/wire/loop.h"
#include "scheduler/server/server_config.h"

namespace suan::scheduler {

/// What a scheduler starts from: the catalog as the store keeps it, and a fresh range of epochs.
struct ServerState;

struct ServerStateDeleter {
  void operator()(ServerState* state) const;
};

using LoadedState = std::unique_ptr<ServerState, ServerStateDeleter>;

/// Reads the catalog and raises the fence's ceiling, committed before any epoch is used.
/// Seals benchmark runs that a stop left open as aborted(restart).
///
/// Requires: `migrate(database)` has run.
/// Errors:   throws StoreError
[[nodiscard]] LoadedState load_server_state(Database& database, WallTime now);

/// The central role: `Server`, the state machine, joined to a loop, channels and the store.
///
/// Peers: on `agents` `node:<id>` and `ticket:<id>`; on `gateway` the one of the configuration;
/// on `observer` `observer`. Which node speaks comes from the peer, never from a message.
///
/// How an agent meets it: Register -> Welcome (or Refused); Heartbeat -> Ack. A node message of
/// another epoch than its last Welcome's is dropped: answered by Refused{conflict} when this
/// scheduler does not know the registration (register again, keep the models), by
/// Fence{duplicate}, under the older epoch, when another process of the same key registered later.
/// Threads:  the loop's.
class ServerRole {
 public:
  /// All references outlive the role. `observer` may be null: no benchmarks then. The role
  /// works from construction on.
  ServerRole(Loop& loop,
             Store& store,
             Channel& agents,
             Channel& gateway,
             Channel* observer,
             ServerConfig config,
             LoadedState state);
  ~ServerRole();
  ServerRole(const ServerRole&) = delete;
  ServerRole& operator=(const ServerRole&) = delete;

  /// Who may connect with a CURVE key: an approved node, or on `control` alone an unexpired
  /// ticket. Nothing for anyone else. What the ZAP handler asks.
  [[nodiscard]] std::optional<Peer> lookup_key(std::string_view domain,
                                               const std::string& public_z85) const;

  /// The counters of the role as Prometheus-like name and value pairs, JSON (query `metrics`).
  [[nodiscard]] std::string metrics_json() const;

  [[nodiscard]] Loop& loop() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace suan::scheduler
