#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "catalog/wire/loop.h"

namespace suan {

/// `Loop` whose clock a test moves by hand.
class ManualLoop final : public Loop {
 public:
  [[nodiscard]] Time now() const override { return now_; }

  [[nodiscard]] WallTime wall_now() const override {
    return wall_time_of_us(1'764'000'000'000'000) + now_.time_since_epoch();
  }

  TimerId at(Time when, Task task) override {
    const TimerId timer(++last_);
    timers_.emplace(std::pair(when, timer), std::move(task));
    when_.emplace(timer, when);
    return timer;
  }

  void cancel(TimerId timer) override {
    const auto found = when_.find(timer);
    if (found == when_.end()) return;
    timers_.erase({found->second, timer});
    when_.erase(found);
  }

  void post(Task task) override { posted_.push_back(std::move(task)); }

  /// Runs what was posted, until nothing is left.
  void turn() {
    while (!posted_.empty()) {
      const Task task = std::move(posted_.front());
      posted_.pop_front();
      task();
    }
  }

  /// Moves the clock on, running every timer at its own time.
  void advance(Duration by) {
    const Time end = now_ + by;
    turn();
    while (!timers_.empty() && timers_.begin()->first.first <= end) {
      const auto first = timers_.begin();
      now_ = std::max(now_, first->first.first);
      const Task task = std::move(first->second);
      when_.erase(first->first.second);
      timers_.erase(first);
      task();
      turn();
    }
    now_ = end;
  }

 private:
  Time now_{Duration(1'000'000)};
  std::map<std::pair<Time, TimerId>, Task> timers_;
  std::map<TimerId, Time> when_;
  std::deque<Task> posted_;
  uint64_t last_ = 0;
};

}  // namespace suan
