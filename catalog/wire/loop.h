#pragma once

#include <cstdint>
#include <functional>

#include "catalog/types/id.h"
#include "catalog/types/time.h"

namespace suan {

using TimerId = Id<struct TimerTag, uint64_t>;

/// The one thread of a role: its clock, its timers, and the way in from other threads.
///
/// Two implementations: `ZmqLoop` (live) and `SimLoop` (virtual time).
/// Threads:  `post` from any thread; everything else on the loop's own.
class Loop {
 public:
  using Task = std::function<void()>;

  virtual ~Loop() = default;

  [[nodiscard]] virtual Time now() const = 0;
  [[nodiscard]] virtual WallTime wall_now() const = 0;

  /// Runs `task` at `when`, or as soon as possible if that has passed. Tasks of equal time
  /// run in the order in which they were given.
  virtual TimerId at(Time when, Task task) = 0;

  /// Forgets a timer; does nothing for one that has run or was cancelled.
  virtual void cancel(TimerId timer) = 0;

  /// Runs `task` on the loop's thread, soon. After the loop has stopped, drops it.
  virtual void post(Task task) = 0;

  TimerId after(Duration delay, Task task) { return at(now() + delay, std::move(task)); }
};

}  // namespace suan
