#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace suan::cli {

/// SIGINT and SIGTERM as calls on a thread of its own: the first asks politely, the second insists.
///
/// Construct before any other thread starts: threads inherit the mask that blocks the signals.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  void on_first(std::function<void()> handler);
  void on_second(std::function<void()> handler);

  /// Waits for the first signal. Requires: no handler for it.
  void wait();

 private:
  void watch();

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::function<void()> first_;
  std::function<void()> second_;
  int count_ = 0;
  std::atomic<bool> is_ending_{false};
  std::jthread thread_;
};

}  // namespace suan::cli
