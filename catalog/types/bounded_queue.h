#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "catalog/types/time.h"

namespace suan {

/// A queue between threads with a maximum; full is an expected outcome, never a wait.
///
/// Threads:  any number of producers and consumers.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t limit) : limit_(limit) {}

  /// False when full or closed: `value` is then left as it was.
  [[nodiscard]] bool try_push(T&& value) {
    {
      const std::scoped_lock lock(mutex_);
      if (is_closed_ || items_.size() >= limit_) return false;
      items_.push_back(std::move(value));
    }
    ready_.notify_one();
    return true;
  }

  /// Waits for an item; nothing once the queue is closed and empty.
  [[nodiscard]] std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return is_closed_ || !items_.empty(); });
    return take_front();
  }

  /// Waits for an item at most `limit`; nothing after that, or once closed and empty.
  [[nodiscard]] std::optional<T> pop_for(Duration limit) {
    std::unique_lock lock(mutex_);
    ready_.wait_for(lock, limit, [&] { return is_closed_ || !items_.empty(); });
    return take_front();
  }

  /// An item if there is one now.
  [[nodiscard]] std::optional<T> try_pop() {
    const std::scoped_lock lock(mutex_);
    return take_front();
  }

  /// No more items are taken in; consumers finish what is there.
  void close() {
    {
      const std::scoped_lock lock(mutex_);
      is_closed_ = true;
    }
    ready_.notify_all();
  }

  [[nodiscard]] bool is_closed() const {
    const std::scoped_lock lock(mutex_);
    return is_closed_;
  }

  [[nodiscard]] size_t size() const {
    const std::scoped_lock lock(mutex_);
    return items_.size();
  }

 private:
  std::optional<T> take_front() {
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    return item;
  }

  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<T> items_;
  size_t limit_;
  bool is_closed_ = false;
};

}  // namespace suan
