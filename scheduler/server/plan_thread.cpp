#include "scheduler/server/plan_thread.h"

#include <exception>
#include <utility>

#include <spdlog/spdlog.h>

#include "catalog/types/bounded_queue.h"
#include "scheduler/planning/certify.h"

namespace suan::scheduler {

namespace {

constexpr size_t kPlansWaitingMax = 2;

struct Ask {
  std::shared_ptr<const PlanInput> input;
  std::function<void(Plan)> done;
};

/// A planner that fails must not end the network: its plan has a fault, and the old one stays.
Plan plan_or_fault(const PlanInput& input) {
  try {
    return certified_plan(input);
  } catch (const std::exception& error) {
    spdlog::error("scheduler: planning failed: {}", error.what());
    Plan failed;
    failed.faults.emplace_back(error.what());
    return failed;
  }
}

}  // namespace

struct PlanThread::State {
  BoundedQueue<Ask> queue{kPlansWaitingMax};

  void run() {
    while (auto ask = queue.pop())
      ask->done(plan_or_fault(*ask->input));
  }
};

PlanThread::PlanThread()
    : state_(std::make_unique<State>()), thread_([state = state_.get()] { state->run(); }) {}

PlanThread::~PlanThread() {
  state_->queue.close();
}

bool PlanThread::plan(std::shared_ptr<const PlanInput> input, std::function<void(Plan)> done) {
  return state_->queue.try_push(Ask{std::move(input), std::move(done)});
}

}  // namespace suan::scheduler
