#pragma once

#include <functional>
#include <set>
#include <string>

#include "catalog/types/time.h"
#include "catalog/wire/loop.h"

namespace suan::node_agent {

class GatewayLinks;

/// Before an agent leaves: asks every gateway for a sign that it has read all that was sent.
///
/// Tokens and Leave travel on different connections. Were Leave quicker, the gateway would hear
/// that the node is gone before it has read the end of the last answers.
/// Threads:  the loop's.
class Farewell {
 public:
  /// Both outlive it.
  Farewell(Loop& loop, GatewayLinks& gateways) : loop_(loop), gateways_(gateways) {}

  ~Farewell() { loop_.cancel(timer_); }

  Farewell(const Farewell&) = delete;
  Farewell& operator=(const Farewell&) = delete;

  /// `done` is called once, from the loop: when all have answered, or after `limit`. A second
  /// call does nothing.
  void say(Duration limit, std::function<void()> done);

  /// The answer to the question has come.
  void answered(const std::string& gateway_id);

  [[nodiscard]] bool is_said() const { return is_said_; }

 private:
  void ask();

  Loop& loop_;
  GatewayLinks& gateways_;
  std::set<std::string> unasked_;
  std::set<std::string> unanswered_;
  std::function<void()> done_;
  Time until_{};
  TimerId timer_;
  bool is_said_ = false;
};

}  // namespace suan::node_agent
