#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace suan {

/// A value that one thread replaces and others read: readers get an immutable snapshot.
///
/// A lock around one pointer copy; std::atomic<std::shared_ptr> of g++ 12 does the same inside,
/// in a way that ThreadSanitizer reports.
/// Threads:  any.
template <class T>
class Published {
 public:
  Published() : value_(std::make_shared<const T>()) {}

  explicit Published(T value) : value_(std::make_shared<const T>(std::move(value))) {}

  [[nodiscard]] std::shared_ptr<const T> get() const {
    const std::scoped_lock lock(mutex_);
    return value_;
  }

  void set(T value) {
    auto next = std::make_shared<const T>(std::move(value));
    const std::scoped_lock lock(mutex_);
    value_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace suan
