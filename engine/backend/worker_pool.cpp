#include "engine/backend/worker_pool.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace suan::engine {
namespace {

// A decode step is dozens of loops a few microseconds apart: a short spin catches the next one
// without a trip to the kernel, and ends soon enough to leave a busy machine alone.
constexpr int kSpins = 2000;

constexpr size_t kChunksEach = 8;

// In the place of an item: nobody may claim, for the next loop is being written.
constexpr uint32_t kClosed = std::numeric_limits<uint32_t>::max();

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

WorkerPool::WorkerPool(uint32_t threads)
    : threads_(threads), claims_(std::make_unique<Claim[]>(threads)) {
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
  assert(items < kClosed / 2);
  const uint32_t round = round_.load(std::memory_order_relaxed) + 1;
  for (size_t range = 0; range < threads_; ++range) {
    claims_[range].value.store((uint64_t{round} << 32) | kClosed, std::memory_order_relaxed);
  }
  call_.store(job.call, std::memory_order_release);
  context_.store(job.context, std::memory_order_release);
  items_.store(static_cast<uint32_t>(items), std::memory_order_release);
  // Some chunks a thread: one that is held up leaves its share to the others.
  const size_t chunk = std::max<size_t>(1, items / (size_t{threads_} * kChunksEach));
  chunk_.store(static_cast<uint32_t>(chunk), std::memory_order_release);
  left_.store(static_cast<uint32_t>(items), std::memory_order_relaxed);
  for (size_t range = 0; range < threads_; ++range) {
    claims_[range].value.store((uint64_t{round} << 32) | (items * range / threads_),
                               std::memory_order_release);
  }
  round_.store(round, std::memory_order_release);
  round_.notify_all();

  take_chunks(round, 0);
  for (uint32_t left = left_.load(std::memory_order_acquire); left != 0;
       left = left_.load(std::memory_order_acquire)) {
    wait_while(left_, left);
  }
}

void WorkerPool::work(size_t worker) {
  uint32_t seen = 0;
  while (true) {
    wait_while(round_, seen);
    seen = round_.load(std::memory_order_acquire);
    if (stopping_.load(std::memory_order_relaxed)) return;
    take_chunks(seen, worker);
  }
}

void WorkerPool::take_chunks(uint32_t round, size_t worker) {
  for (size_t i = 0; i < threads_; ++i) {
    while (take_chunk(round, (worker + i) % threads_, worker)) {
    }
  }
}

/// False when the range holds nothing more of this round.
bool WorkerPool::take_chunk(uint32_t round, size_t range, size_t worker) {
  std::atomic<uint64_t>& next = claims_[range].value;
  uint64_t claim = next.load(std::memory_order_acquire);
  while (true) {
    // Whoever reads one of these from the next round finds that claims of this one are closed.
    const size_t items = items_.load(std::memory_order_acquire);
    const uint32_t chunk = chunk_.load(std::memory_order_acquire);
    auto* const call = call_.load(std::memory_order_acquire);
    void* const context = context_.load(std::memory_order_acquire);
    const auto first = static_cast<uint32_t>(claim);
    const auto end = static_cast<uint32_t>(items * (range + 1) / threads_);
    if (claim >> 32 != round || first >= end) return false;
    const uint32_t last = std::min(first + chunk, end);
    if (!next.compare_exchange_weak(claim, (uint64_t{round} << 32) | last,
                                    std::memory_order_acq_rel, std::memory_order_acquire)) {
      continue;
    }
    call(context, first, last, worker);
    const uint32_t done = last - first;
    if (left_.fetch_sub(done, std::memory_order_acq_rel) == done) left_.notify_one();
    return true;
  }
}

}  // namespace suan::engine
