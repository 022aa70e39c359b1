#include "bench/sim/sim_loop.h"

#include <cassert>
#include <cmath>
#include <utility>

namespace suan::bench {

SimLoop::SimLoop(SimWorld& world, double clock_rate)
    : world_(world), clock_rate_(clock_rate), id_(world.add(*this)) {
  assert(clock_rate > 0);
}

SimLoop::~SimLoop() {
  world_.remove(id_);
}

Time SimLoop::now() const {
  if (clock_rate_ == 1.0) return world_.now();
  const auto true_us = static_cast<double>(world_.now().time_since_epoch().count());
  return Time(Duration(std::llround(true_us * clock_rate_)));
}

WallTime SimLoop::wall_now() const {
  return world_.wall_now();
}

TimerId SimLoop::at(Time when, Task task) {
  Time true_when = when;
  if (clock_rate_ != 1.0) {
    // Rounded up: a timer must never see a time before its own.
    const auto own_us = static_cast<double>(when.time_since_epoch().count());
    true_when = Time(Duration(static_cast<int64_t>(std::ceil(own_us / clock_rate_)) + 1));
  }
  const uint64_t timer = ++timer_last_;
  tasks_.emplace(timer, std::move(task));
  world_.schedule(true_when, id_, timer);
  return TimerId(timer);
}

void SimLoop::cancel(TimerId timer) {
  tasks_.erase(timer.value());
}

void SimLoop::post(Task task) {
  at(Time(), std::move(task));
}

/// What was held happens at once and in order, before anything that arrives at this moment.
void SimLoop::resume() {
  is_paused_ = false;
  while (!held_.empty() && !is_paused_) {
    const Held held = held_.front();
    held_.pop_front();
    world_.fire_now(held.target, held.token);
  }
}

void SimLoop::fire(uint64_t token) {
  if (is_paused_) return hold(id_, token);
  const auto found = tasks_.find(token);
  if (found == tasks_.end()) return;  // cancelled
  const Task task = std::move(found->second);
  tasks_.erase(found);
  world_.guard(task);
}

}  // namespace suan::bench
