#pragma once

#include <memory>
#include <string>

#include "bench/target.h"
#include "catalog/wire/channel.h"
#include "catalog/wire/loop.h"

namespace suan::bench {

struct ObserverConfig {
  uint32_t campaigns_max = 8;  // planned and not yet finished
  uint32_t executions_waiting_max = 4;
};

/// The role that measures: plans campaigns, runs executions, reports what valid ones say.
///
/// The scheduler leads: it asks for a plan, starts each execution, and gets its lines, its seal
/// and, after the last seal of a campaign, `Measured`. Executions run one at a time on a thread
/// of the observer's own.
/// Threads:  the loop's, but for `make_target` and its targets, which live on the generator's.
class Observer {
 public:
  /// `loop` and `scheduler` must outlive the observer; destroy it on the loop's thread, or after
  /// the loop has stopped.
  Observer(Loop& loop,
           Channel& scheduler,
           TargetFactory make_target,
           ObserverConfig config = {});
  ~Observer();  // aborts what runs
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace suan::bench
