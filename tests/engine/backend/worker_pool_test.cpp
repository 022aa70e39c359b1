#include "engine/backend/worker_pool.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace suan::engine {
namespace {

constexpr size_t kDear = 1'000'000;  // worth sharing whatever the number of items

TEST(WorkerPool, RunsEveryItemOnceWhateverTheNumberOfThreads) {
  for (const uint32_t threads : {1U, 2U, 3U, 8U}) {
    WorkerPool pool(threads);
    for (const size_t items : {0U, 1U, 2U, 7U, 100U, 1001U}) {
      std::vector<std::atomic<int>> times(items);
      pool.run(items, kDear, [&](size_t first, size_t last, size_t worker) {
        EXPECT_LT(worker, threads);
        for (size_t i = first; i < last; ++i)
          ++times[i];
      });
      for (size_t i = 0; i < items; ++i)
        ASSERT_EQ(times[i], 1) << threads << " " << i;
    }
  }
}

TEST(WorkerPool, IsDoneWhenRunReturnsThroughManyRounds) {
  WorkerPool pool(4);
  std::vector<uint64_t> counts(16, 0);  // plain memory: TSan sees a missing barrier
  for (int round = 0; round < 300; ++round) {
    pool.run(counts.size(), kDear, [&](size_t first, size_t last, size_t) {
      for (size_t i = first; i < last; ++i)
        ++counts[i];
    });
  }
  for (const uint64_t count : counts)
    EXPECT_EQ(count, 300U);
}

TEST(WorkerPool, LoopsOfEverySizeFollowOneAnotherWithoutLosingAnItem) {
  WorkerPool pool(3);
  uint64_t wanted = 0;
  std::atomic<uint64_t> found{0};
  for (size_t round = 0; round < 20'000; ++round) {
    const size_t items = 2 + round * 7 % 31;
    wanted += items * (items - 1) / 2;
    pool.run(items, kDear, [&](size_t first, size_t last, size_t) {
      for (size_t i = first; i < last; ++i)
        found.fetch_add(i, std::memory_order_relaxed);
    });
    ASSERT_EQ(found.load(), wanted) << "round " << round;
  }
}

TEST(WorkerPool, AThreadThatIsHeldUpLeavesItsShareToTheOthers) {
  WorkerPool pool(2);
  std::atomic<size_t> done{0};
  std::atomic<size_t> chunks_of_held{0};

  pool.run(64, kDear, [&](size_t first, size_t last, size_t worker) {
    if (worker == 1) {
      ++chunks_of_held;
      while (done < 64 - (last - first))
        std::this_thread::yield();
    }
    done += last - first;
  });

  EXPECT_EQ(done, 64U);
  EXPECT_LE(chunks_of_held, 1U);
}

TEST(WorkerPool, SmallLoopsStayOnTheCaller) {
  WorkerPool pool(4);
  size_t calls = 0;
  pool.run(100, 1, [&](size_t first, size_t last, size_t worker) {
    ++calls;
    EXPECT_EQ(first, 0U);
    EXPECT_EQ(last, 100U);
    EXPECT_EQ(worker, 0U);
  });
  EXPECT_EQ(calls, 1U);
}

}  // namespace
}  // namespace suan::engine
