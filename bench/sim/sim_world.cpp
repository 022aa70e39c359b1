#include "bench/sim/sim_world.h"

#include <algorithm>
#include <cassert>

#include <spdlog/spdlog.h>

namespace suan::bench {

SimWorld::SimWorld(WallTime wall_start) : wall_start_(wall_start) {}

SimTargetId SimWorld::add(SimTarget& target) {
  targets_.push_back(&target);
  return {static_cast<uint32_t>(targets_.size() - 1)};
}

void SimWorld::remove(SimTargetId target) {
  targets_.at(target.index) = nullptr;
}

void SimWorld::schedule(Time when, SimTargetId target, uint64_t token) {
  heap_.push_back({std::max(when, now_), order_++, token, target});
  std::push_heap(heap_.begin(), heap_.end(), is_later);
}

bool SimWorld::step() {
  if (heap_.empty()) return false;
  std::pop_heap(heap_.begin(), heap_.end(), is_later);
  const Event event = heap_.back();
  heap_.pop_back();

  assert(event.when >= now_);
  now_ = event.when;
  fire_now(event.target, event.token);
  return true;
}

void SimWorld::fire_now(SimTargetId id, uint64_t token) {
  SimTarget* target = targets_[id.index];
  if (target == nullptr) return;
  ++events_run_;
  target->fire(token);
}

void SimWorld::run_until(Time end) {
  while (!heap_.empty() && heap_.front().when <= end)
    step();
  now_ = std::max(now_, end);
}

bool SimWorld::is_later(const Event& a, const Event& b) {
  return a.when != b.when ? a.when > b.when : a.order > b.order;
}

void SimWorld::note_failure(const char* what) {
  ++failures_;
  spdlog::error("at {} us of virtual time a task failed: {}", now_.time_since_epoch().count(),
                what);
}

}  // namespace suan::bench
