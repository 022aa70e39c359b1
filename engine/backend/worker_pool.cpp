#include "engine/backend/worker_pool.h"

#include <algorithm>
#include <cassert>

namespace suan::engine {
namespace {

// A decode step is dozens of loops a few microseconds apart: a short spin catches the next one
// without a trip to the kernel, and ends soon enough to leave a busy machine alone.
constexpr int kSpins = 2000;

void pause_a_moment() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

void wait_while(const std::atomic<uint32_t>& value, uint32_t unwanted) {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (value.load(std::memory_order_acquire) != unwanted) return;
    pause_a_moment();
  }
  value.wait(unwanted, std::memory_order_acquire);
}

}  // namespace

WorkerPool::WorkerPool(uint32_t threads) : threads_(threads) {
  assert(threads >= 1);
  workers_.reserve(threads - 1);
  for (size_t worker = 1; worker < threads; ++worker) {
    workers_.emplace_back([this, worker] { work(worker); });
  }
}

WorkerPool::~WorkerPool() {
  stopping_.store(true, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
}

void WorkerPool::share(const Job& job, size_t items) {
  job_ = job;
  items_ = items;
  // Four chunks a thread: one that is held up leaves its share to the others.
  chunk_ = std::max<size_t>(1, items / (size_t{threads_} * 4));
  next_.store(0, std::memory_order_relaxed);
  busy_.store(threads_ - 1, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();

  take_chunks(0);
  for (uint32_t busy = busy_.load(std::memory_order_acquire); busy != 0;
       busy = busy_.load(std::memory_order_acquire)) {
    wait_while(busy_, busy);
  }
}

void WorkerPool::work(size_t worker) {
  uint32_t seen = 0;
  while (true) {
    wait_while(round_, seen);
    ++seen;  // the owner starts no round before this worker has ended the last
    if (stopping_.load(std::memory_order_relaxed)) return;
    take_chunks(worker);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

void WorkerPool::take_chunks(size_t worker) {
  while (true) {
    const size_t first = next_.fetch_add(chunk_, std::memory_order_relaxed);
    if (first >= items_) return;
    job_.call(job_.context, first, std::min(first + chunk_, items_), worker);
  }
}

}  // namespace suan::engine
