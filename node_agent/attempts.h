#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/request.h"
#include "catalog/types/result.h"
#include "catalog/wire/loop.h"
#include "node_agent/agent.h"
#include "node_agent/body_joiner.h"
#include "node_agent/gateway_links.h"
#include "node_agent/launcher.h"
#include "node_agent/reports.h"

namespace suan::node_agent {

/// An attempt as `Register` lists it.
struct RunningAttempt {
  RequestId request;
  uint32_t attempt = 1;
  StreamId stream;
  ReplicaId replica;
  uint32_t kv_tokens = 0;  // prompt and all output that may come
};

/// `prompt_tokens` 0: not known yet, so estimated.
[[nodiscard]] RunningAttempt running_attempt_of(const StartOrder& order,
                                                uint32_t prompt_tokens);

/// The attempts that run here, each from its runner's first event to its last.
///
/// Forwards tokens to the gateway, one message per stream and step, numbered from 0. What a
/// gateway does not take waits, up to `stream_buffer_bytes_max`; then the attempt is ended.
/// Threads:  the loop's.
class Attempts {
 public:
  /// References outlive it.
  Attempts(Loop& loop,
           const AgentConfig& config,
           GatewayLinks& gateways,
           Reports& reports,
           Launcher& launcher);
  ~Attempts();
  Attempts(const Attempts&) = delete;
  Attempts& operator=(const Attempts&) = delete;

  void start(StartOrder order, RequestBody body);
  void handle(StreamId stream, RunnerEvent event);

  /// Ends an attempt with `reason`; unknown streams are ignored.
  void cancel(StreamId stream, const Error& reason);
  /// Those on one replica.
  void cancel_on(ReplicaId replica, const Error& reason);
  void cancel_all(const Error& reason);

  /// Tells gateway and scheduler that an attempt never ran.
  void refuse(const StartOrder& order, const Error& error, bool is_final);

  [[nodiscard]] bool has(StreamId stream) const;
  [[nodiscard]] uint32_t size() const;
  [[nodiscard]] std::vector<RunningAttempt> list() const;
  [[nodiscard]] uint64_t finished() const;
  [[nodiscard]] uint64_t overflowed() const;

  /// Called when an attempt has ended.
  void on_end(std::function<void()> handler);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace suan::node_agent
