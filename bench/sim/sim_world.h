#pragma once

#include <cstdint>
#include <exception>
#include <vector>

#include "catalog/types/time.h"

namespace suan::bench {

/// What an event of the world wakes: a loop, a network, a store.
class SimTarget {
 public:
  virtual ~SimTarget() = default;

  /// `token` is whatever the target gave when it scheduled the event.
  virtual void fire(uint64_t token) = 0;
};

/// Names a target for as long as the world lives, also after the target has gone.
struct SimTargetId {
  uint32_t index = 0;
};

/// Virtual time and the one queue of all that will happen: by time, then by order of scheduling.
///
/// Equal inputs give equal runs: nothing here reads a clock, an address or a random device.
/// Threads:  one.
class SimWorld {
 public:
  /// `wall_start` is what calendars show at time zero.
  explicit SimWorld(WallTime wall_start = WallTime(Duration(1'764'000'000'000'000)));
  SimWorld(const SimWorld&) = delete;
  SimWorld& operator=(const SimWorld&) = delete;

  [[nodiscard]] Time now() const { return now_; }

  [[nodiscard]] WallTime wall_now() const { return wall_start_ + now_.time_since_epoch(); }

  /// Requires: `target` stays where it is until `remove`.
  [[nodiscard]] SimTargetId add(SimTarget& target);
  /// Events of a removed target are dropped when their time comes.
  void remove(SimTargetId target);

  /// At `when`, or now if that has passed.
  void schedule(Time when, SimTargetId target, uint64_t token);

  /// Lets an event of `target` happen now, inside of the current one.
  void fire_now(SimTargetId target, uint64_t token);

  /// Lets the next event happen; false when there is none.
  bool step();
  /// Lets all events up to and at `end` happen, and the time be `end`.
  void run_until(Time end);

  void run_for(Duration duration) { run_until(now_ + duration); }

  [[nodiscard]] uint64_t events_run() const { return events_run_; }

  /// Tasks and handlers that threw; an invariant of every simulation is that none does.
  [[nodiscard]] uint64_t failures() const { return failures_; }

  /// Calls `work` as a loop does: what it throws is logged and counted, and ends nothing else.
  template <class Work>
  void guard(const Work& work);

 private:
  struct Event {
    Time when;
    uint64_t order = 0;
    uint64_t token = 0;
    SimTargetId target;
  };

  static bool is_later(const Event& a, const Event& b);
  void note_failure(const char* what);

  WallTime wall_start_;
  Time now_{};
  std::vector<Event> heap_;  // earliest first
  std::vector<SimTarget*> targets_;
  uint64_t order_ = 0;
  uint64_t events_run_ = 0;
  uint64_t failures_ = 0;
};

template <class Work>
void SimWorld::guard(const Work& work) {
  try {
    work();
  } catch (const std::exception& error) {
    note_failure(error.what());
  }
}

}  // namespace suan::bench
