#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/types/result.h"
#include "catalog/types/time.h"
#include "catalog/wire/loop.h"
#include "node_agent/launcher.h"

namespace suan::node_agent {

/// What `suan agent` was asked to do.
struct AgentOptions {
  std::filesystem::path data;  // keys and agent.json
  std::string ticket;          // `suan1:...`; needed for the first join only
  std::string server;          // host:port; replaces the ticket's (port forwards, relays)
  std::string tokens_server;   // host:port; replaces what Welcome says about the tokens' socket
  std::string node;            // wished name; empty: from host name and key
  std::vector<std::filesystem::path> models;
  uint32_t threads = 0;  // 0: all that this process may use
  uint32_t max_batch = 8;
  std::string backend = "auto";
  std::string speculation = "auto";
  uint32_t output_promised = 100;
  /// The program and first arguments that read model files in a child (`suan model-reader`);
  /// empty: in this process.
  std::vector<std::string> reader;
  Duration drain_max = 30s;
  /// How replicas run here; unset: `LocalLauncher`, the embedded engine over `models`.
  std::function<std::unique_ptr<Launcher>(Loop& loop)> make_launcher;
  std::string version = "0.1.0";
  /// One sentence at a time, for the log; may be called on the thread of `run`.
  std::function<void(const std::string& sentence)> on_status;
};

/// Everything of `suan agent`: joins, opens the depot, measures, serves.
///
/// Threads:  `run` on one thread; `request_drain` and `stop` from any, at any time.
class AgentRole {
 public:
  explicit AgentRole(AgentOptions options);
  ~AgentRole();
  AgentRole(const AgentRole&) = delete;
  AgentRole& operator=(const AgentRole&) = delete;

  /// Returns after a drain or `stop`.
  ///
  /// Errors:   Forbidden  the ticket or the node is refused for good, or it was fenced
  ///           BadRequest  ticket, address or saved state is malformed
  /// Throws when the data directory cannot be used.
  [[nodiscard]] Result<void> run();

  /// Finishes what runs, takes nothing new, leaves; then `run` returns.
  void request_drain();
  /// At once.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace suan::node_agent
