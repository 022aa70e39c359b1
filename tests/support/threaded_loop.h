#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include "catalog/wire/loop.h"

namespace suan {

/// `Loop` on the test's own thread, in real time, without sockets: for code whose threads post.
/// What is posted while nobody runs it waits.
class ThreadedLoop final : public Loop {
 public:
  [[nodiscard]] Time now() const override {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return Time(std::chrono::duration_cast<Duration>(since));
  }

  [[nodiscard]] WallTime wall_now() const override {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
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

  void post(Task task) override {
    {
      const std::scoped_lock lock(mutex_);
      posted_.push_back(std::move(task));
    }
    ready_.notify_one();
  }

  /// Runs tasks until `is_done`, or until `limit` has passed: then false.
  bool run_until(const std::function<bool()>& is_done, Duration limit = 200s) {
    const Time end = now() + limit;
    while (!is_done()) {
      if (now() >= end) return false;
      run_once();
    }
    return true;
  }

 private:
  void run_once() {
    std::deque<Task> tasks;
    {
      std::unique_lock lock(mutex_);
      ready_.wait_for(lock, std::chrono::milliseconds(1), [&] { return !posted_.empty(); });
      tasks.swap(posted_);
    }
    for (const Task& task : tasks)
      task();
    while (!timers_.empty() && timers_.begin()->first.first <= now()) {
      const auto first = timers_.begin();
      const Task task = std::move(first->second);
      when_.erase(first->first.second);
      timers_.erase(first);
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Task> posted_;
  std::map<std::pair<Time, TimerId>, Task> timers_;
  std::map<TimerId, Time> when_;
  uint64_t last_ = 0;
};

}  // namespace suan
