#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/request.h"
#include "catalog/types/time.h"
#include "catalog/wire/loop.h"
#include "node_agent/agent.h"
#include "node_agent/body_joiner.h"
#include "node_agent/runner.h"

namespace suan::node_agent {

/// How an attempt ended, as the scheduler must know it.
struct AttemptEnd {
  std::string status = "done";  // done, error, cancelled
  std::string code;             // of the error
  DoneEvent done;
};

/// What the scheduler hears of attempts: Progress in batches, and each Finished.
///
/// Threads:  the loop's.
class Reports {
 public:
  using Send = std::function<bool(v1::Envelope&)>;

  /// References outlive it.
  Reports(Loop& loop, const AgentConfig& config, Send send);
  ~Reports();
  Reports(const Reports&) = delete;
  Reports& operator=(const Reports&) = delete;

  /// Also what acknowledges a Start: the scheduler counts one that is not heard of as failed.
  void progress(StreamId stream, uint32_t prompt_tokens, bool has_first_token);

  void finished(const StartOrder& order, const AttemptEnd& end);

  /// Sends what the connection did not take before.
  void retry();

 private:
  struct Item {
    StreamId stream;
    uint32_t prompt_tokens = 0;
    bool has_first_token = false;
  };

  void flush_progress();
  bool send_finished(const StartOrder& order, const AttemptEnd& end);

  Loop& loop_;
  const AgentConfig& config_;
  Send send_;
  std::vector<Item> items_;
  std::deque<std::pair<StartOrder, AttemptEnd>> unsent_;
  TimerId timer_;
};

}  // namespace suan::node_agent
