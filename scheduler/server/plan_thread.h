#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "scheduler/planning/plan.h"

namespace suan::scheduler {

/// Plans on a thread of its own: a large network takes a second, and the loop must not stand still.
///
/// Threads:  `plan` from any; `done` runs on the planning thread, and posts.
class PlanThread {
 public:
  PlanThread();
  /// Waits for the plan that is under way.
  ~PlanThread();
  PlanThread(const PlanThread&) = delete;
  PlanThread& operator=(const PlanThread&) = delete;

  /// False: it is busy, and `done` will not be called.
  bool plan(std::shared_ptr<const PlanInput> input, std::function<void(Plan)> done);

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::jthread thread_;
};

}  // namespace suan::scheduler
