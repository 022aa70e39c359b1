#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

namespace suan::engine {

/// A fixed pool of threads that share out the items of one loop at a time.
///
/// Each thread has a run of items of its own, so that it reads memory in order; it claims chunks
/// of it, then of the others'. A loop ends when its chunks are done: a thread that the system runs
/// late finds no work left and holds nobody up. Which thread takes which items is left to chance,
/// so a task must give the same result whoever runs it.
/// Threads:  `run` by one owner, who works along as worker 0.
class WorkerPool {
 public:
  /// Requires: threads >= 1; the caller counts as one.
  explicit WorkerPool(uint32_t threads);
  ~WorkerPool();

  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  [[nodiscard]] uint32_t threads() const { return threads_; }

  /// Calls task(first, last, worker) on runs of items that cover 0..items once; returns when
  /// all are done. `item_cost` is in multiply-adds: small loops stay on the caller.
  /// Requires: the task does not throw.
  template <class Task>
  void run(size_t items, size_t item_cost, Task&& task) {
    if (threads_ == 1 || items < 2 || items * item_cost < kWorthSharing) {
      if (items > 0) task(size_t{0}, items, size_t{0});
      return;
    }
    using Plain = std::remove_reference_t<Task>;
    share({[](void* context, size_t first, size_t last, size_t worker) {
             (*static_cast<Plain*>(context))(first, last, worker);
           },
           const_cast<void*>(static_cast<const void*>(&task))},
          items);
  }

 private:
  // Handing a loop to a thread that spins costs a microsecond or two, in which one core does
  // some ten thousand multiply-adds.
  static constexpr size_t kWorthSharing = 20'000;

  struct Job {
    void (*call)(void* context, size_t first, size_t last, size_t worker) = nullptr;
    void* context = nullptr;
  };

  void share(const Job& job, size_t items);
  void work(size_t worker);
  void take_chunks(uint32_t round, size_t worker);
  bool take_chunk(uint32_t round, size_t range, size_t worker);

  uint32_t threads_;
  // One loop. A thread that comes late may read these while the next loop is written; its claim
  // then fails.
  std::atomic<void (*)(void*, size_t, size_t, size_t)> call_{nullptr};
  std::atomic<void*> context_{nullptr};
  std::atomic<uint32_t> items_{0};
  std::atomic<uint32_t> chunk_{1};

  /// Of one thread's range. Upper half: the round; lower half: the first unclaimed item.
  struct alignas(64) Claim {
    std::atomic<uint64_t> value{0};
  };

  std::unique_ptr<Claim[]> claims_;             // of each thread
  alignas(64) std::atomic<uint32_t> left_{0};   // items that are not done
  alignas(64) std::atomic<uint32_t> round_{0};  // what idle workers wait for
  std::atomic<bool> stopping_{false};
  std::vector<std::jthread> workers_;
};

}  // namespace suan::engine
