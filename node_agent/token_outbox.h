#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "catalog/types/id.h"
#include "catalog/wire/loop.h"
#include "node_agent/agent.h"
#include "node_agent/gateway_links.h"

namespace suan::node_agent {

/// Messages of streams on their way to gateways, in order per stream.
///
/// What a connection does not take is kept and tried again each 10 ms, at most
/// `stream_buffer_bytes_max` per stream, and at most 30 s.
/// Threads:  the loop's.
class TokenOutbox {
 public:
  /// References outlive it.
  TokenOutbox(Loop& loop, const AgentConfig& config, GatewayLinks& gateways);
  ~TokenOutbox();
  TokenOutbox(const TokenOutbox&) = delete;
  TokenOutbox& operator=(const TokenOutbox&) = delete;

  /// False when the stream's buffer is full: all that it held is dropped, and the stream must
  /// be ended with `finish`.
  bool send(const std::string& gateway_id, StreamId stream, v1::Envelope message);

  /// The stream's last message.
  void finish(const std::string& gateway_id, StreamId stream, v1::Envelope message);

  [[nodiscard]] uint64_t overflowed() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace suan::node_agent
