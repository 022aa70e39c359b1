#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "catalog/wire/channel.h"
#include "catalog/wire/loop.h"
#include "node_agent/agent.h"
#include "node_agent/seq_filter.h"

namespace suan::node_agent {

/// The token connections, one per gateway; all opened by this side.
///
/// Says Hello on each at once and every `hello_every`: the gateway learns that the node is
/// reachable, and after a restart of either side, that it is again.
/// Threads:  the loop's.
class GatewayLinks {
 public:
  using OnMessage =
      std::function<void(const std::string& gateway_id, const v1::Envelope& message)>;

  /// All references outlive it.
  GatewayLinks(Loop& loop,
               GatewayConnector connect,
               const AgentConfig& config,
               OnMessage on_message);
  ~GatewayLinks();
  GatewayLinks(const GatewayLinks&) = delete;
  GatewayLinks& operator=(const GatewayLinks&) = delete;

  /// Whom Welcome named: opens what is new, reopens what moved, keeps the rest.
  void set(const std::vector<GatewayEndpoint>& gateways,
           uint64_t scheduler_epoch,
           uint64_t node_epoch);

  [[nodiscard]] bool has(const std::string& gateway_id) const;

  [[nodiscard]] std::set<std::string> ids() const;

  /// False when the gateway is unknown or does not take it now.
  bool send(const std::string& gateway_id, v1::Envelope& message);

  [[nodiscard]] uint64_t repeated() const { return repeated_; }

 private:
  struct Link {
    GatewayEndpoint where;
    std::unique_ptr<Channel> channel;
    SeqFilter seqs;
    uint64_t seq = 0;
  };

  void open(const GatewayEndpoint& where);
  void receive(const std::string& gateway_id, const v1::Envelope& message);
  void say_hello();
  void schedule_hello();

  Loop& loop_;
  GatewayConnector connect_;
  const AgentConfig& config_;
  OnMessage on_message_;
  std::map<std::string, Link> links_;
  uint64_t scheduler_epoch_ = 0;
  uint64_t node_epoch_ = 0;
  uint64_t first_seq_;
  uint64_t repeated_ = 0;
  TimerId hello_timer_;
};

}  // namespace suan::node_agent
