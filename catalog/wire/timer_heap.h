#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "catalog/wire/loop.h"

namespace suan {

/// Tasks by time, then by the order in which they were given; the timers of `ZmqLoop`.
///
/// Threads:  one owner.
class TimerHeap {
 public:
  TimerId add(Time when, Loop::Task task);

  /// Does nothing for a timer that has run or was cancelled.
  void cancel(TimerId timer);

  /// When the first timer is due; nothing when there is none.
  [[nodiscard]] std::optional<Time> next() const;

  /// Hands every task that is due now to `run`, in order. Those that are added meanwhile wait for
  /// the next call, so that a task which repeats itself at once starves nobody.
  void run_due(Time now, const std::function<void(const Loop::Task&)>& run);

 private:
  struct Entry {
    Time when;
    uint64_t id = 0;

    friend auto operator<=>(const Entry&, const Entry&) = default;
  };

  void pop();
  void drop_cancelled();

  std::vector<Entry> heap_;  // earliest first
  std::unordered_map<uint64_t, Loop::Task> tasks_;
  uint64_t id_last_ = 0;
};

}  // namespace suan
