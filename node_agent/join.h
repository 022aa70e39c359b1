#pragma once

#include <functional>
#include <memory>
#include <string>

#include "catalog/types/id.h"
#include "catalog/types/result.h"
#include "catalog/types/time.h"
#include "catalog/wire/channel.h"
#include "catalog/wire/loop.h"
#include "node_agent/identity.h"

namespace suan::node_agent {

struct JoinConfig {
  NodeId wished;
  std::string curve_public_z85;  // the node's own key, which it will reconnect with
  std::string hostname;
  Peer scheduler{"scheduler"};
  uint64_t seed = 1;           // of jitter
  Duration answer_wait = 10s;  // of silence, then it is said
  Duration retry_min = 1s;
  Duration retry_max = 60s;
};

/// What the scheduler answered to an Enrol.
struct Enrolment {
  NodeId node;
  SiteId site;
  bool is_approved = false;
  std::string fingerprint;
};

/// Enrols the node with a ticket: repeats `Enrol` over the ticket's connection until the node
/// is approved or refused for good.
///
/// Threads:  the loop's.
class Joiner {
 public:
  using OnEnrolled = std::function<void(const Enrolment&)>;  // each answer, approved or not
  using OnStatus = std::function<void(const std::string& sentence)>;
  using OnRefused = std::function<void(const Error&)>;

  struct Handlers {
    OnEnrolled enrolled;
    OnRefused refused;  // the ticket is of no use: expired, used by another, malformed
    OnStatus status;
  };

  /// References outlive the joiner. Starts at once.
  Joiner(Loop& loop, Channel& ticket_channel, JoinConfig config, Handlers handlers);
  ~Joiner();
  Joiner(const Joiner&) = delete;
  Joiner& operator=(const Joiner&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace suan::node_agent
