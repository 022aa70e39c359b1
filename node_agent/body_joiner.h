#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/request.h"
#include "catalog/types/result.h"
#include "catalog/types/time.h"
#include "catalog/wire/loop.h"
#include "node_agent/agent.h"

namespace suan::v1 {
class Body;
}

namespace suan::node_agent {

/// What the scheduler's Start said of one attempt.
struct StartOrder {
  RequestFacts facts;
  StreamId stream;
  ReplicaId replica;
  uint64_t lease_epoch = 0;
  std::string gateway_id;
};

/// An attempt of which one half is missing for good, or broken.
struct BrokenAttempt {
  StreamId stream;
  std::string gateway_id;
  std::optional<StartOrder> start;  // if it had come
  Error error;
  bool is_final = false;  // the request is at fault
};

/// Joins Start (from the scheduler) and Body (from a gateway) by stream id; they come in any
/// order, and the body in parts.
///
/// A body's first 128 KiB come unasked; more is granted only once its Start is here, and only
/// while all bodies fit into `pending_bytes_max`.
/// Threads:  the loop's.
class BodyJoiner {
 public:
  struct Handlers {
    std::function<void(StartOrder, RequestBody)> joined;
    std::function<void(BrokenAttempt)> broken;
    std::function<void(const std::string& gateway_id, StreamId, uint32_t bytes)> grant;
  };

  /// References outlive it.
  BodyJoiner(Loop& loop, const AgentConfig& config, Handlers handlers);
  ~BodyJoiner();
  BodyJoiner(const BodyJoiner&) = delete;
  BodyJoiner& operator=(const BodyJoiner&) = delete;

  void add_start(StartOrder start);
  void add_part(const std::string& gateway_id, const v1::Body& part);

  /// Forgets a half; gives its Start if that had come.
  std::optional<StartOrder> cancel(StreamId stream);

  [[nodiscard]] bool has_start(StreamId stream) const;
  /// Starts that wait for their body.
  [[nodiscard]] std::vector<StartOrder> starts() const;

  [[nodiscard]] size_t size() const { return pending_.size(); }

  [[nodiscard]] uint64_t bytes() const { return bytes_; }

  [[nodiscard]] uint64_t ignored() const { return ignored_; }

 private:
  struct Pending {
    std::optional<StartOrder> start;
    std::string gateway_id;
    std::string body;
    bool has_body = false;  // at least its first part
    uint32_t total = 0;     // as the first part said
    uint64_t granted = 0;   // bytes that may have come by now
    TimerId timer;          // the wait for whatever comes next
  };

  Pending* find_or_add(StreamId stream, const std::string& gateway_id);
  [[nodiscard]] Result<void> append(Pending& pending, const v1::Body& part);
  void advance(StreamId stream, Pending& pending);
  [[nodiscard]] bool top_up(StreamId stream, Pending& pending);
  [[nodiscard]] bool reserve(Pending& pending, uint64_t bytes);
  void wait_on(StreamId stream, Pending& pending);
  void miss(StreamId stream);
  void break_off(StreamId stream, Error error, bool is_final);
  Pending take(StreamId stream);

  Loop& loop_;
  const AgentConfig& config_;
  Handlers handlers_;
  std::unordered_map<StreamId, Pending> pending_;
  uint64_t bytes_ = 0;    // granted, of all
  uint64_t ignored_ = 0;  // repeated or foreign parts
};

}  // namespace suan::node_agent
