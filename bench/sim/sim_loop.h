#pragma once

#include <deque>
#include <unordered_map>

#include "bench/sim/sim_world.h"
#include "catalog/wire/loop.h"

namespace suan::bench {

/// `Loop` in virtual time: one simulated process.
///
/// Its clock may run fast or slow, and it may be paused, as SIGSTOP does: what arrives meanwhile
/// is held and happens, in order, when it goes on. Destroying it is a crash.
/// Threads:  the world's, `post` included.
class SimLoop final : public Loop, private SimTarget {
 public:
  /// `world` must outlive the loop. `clock_rate` is this clock's seconds per true second.
  explicit SimLoop(SimWorld& world, double clock_rate = 1.0);
  ~SimLoop() override;
  SimLoop(const SimLoop&) = delete;
  SimLoop& operator=(const SimLoop&) = delete;

  [[nodiscard]] Time now() const override;
  [[nodiscard]] WallTime wall_now() const override;
  TimerId at(Time when, Task task) override;
  void cancel(TimerId timer) override;
  void post(Task task) override;

  void pause() { is_paused_ = true; }

  void resume();

  [[nodiscard]] bool is_paused() const { return is_paused_; }

  /// Keeps an event of another target (a message) until `resume`.
  void hold(SimTargetId target, uint64_t token) { held_.push_back({target, token}); }

  [[nodiscard]] SimWorld& world() const { return world_; }

 private:
  struct Held {
    SimTargetId target;
    uint64_t token;
  };

  void fire(uint64_t token) override;

  SimWorld& world_;
  double clock_rate_;
  SimTargetId id_;
  std::unordered_map<uint64_t, Task> tasks_;
  uint64_t timer_last_ = 0;
  std::deque<Held> held_;
  bool is_paused_ = false;
};

}  // namespace suan::bench
