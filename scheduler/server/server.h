#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "scheduler/server/events.h"
#include "scheduler/server/server_config.h"
#include "scheduler/server/server_state.h"

namespace suan::scheduler {

struct ServerCore;

/// The central role as a state machine: an event and its moment in, actions out.
///
/// It reads no clock, opens nothing and starts no thread; all randomness comes from the seed.
/// So a journal of events replays it, and it runs in virtual time as it is.
/// Threads:  one owner.
class Server {
 public:
  Server(ServerConfig config, ServerState state, bool has_observer, const Moment& moment);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// What follows from `event`. Give it a Turn at least each `kTurnEvery`.
  [[nodiscard]] Actions step(const Event& event, const Moment& moment);

  [[nodiscard]] std::optional<Peer> lookup_key(std::string_view domain,
                                               const std::string& public_z85,
                                               WallTime now) const;

  [[nodiscard]] std::string metrics_json() const;

  /// For tests: what listings and decisions are made from.
  [[nodiscard]] const ServerCore& core() const { return *core_; }

  static constexpr Duration kTurnEvery = 100ms;

 private:
  std::unique_ptr<ServerCore> core_;
};

}  // namespace suan::scheduler
