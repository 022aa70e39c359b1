#include "catalog/wire/timer_heap.h"

#include <vector>

#include <gtest/gtest.h>

namespace suan {
namespace {

void run_due(TimerHeap& heap, Time now) {
  heap.run_due(now, [](const Loop::Task& task) { task(); });
}

TEST(TimerHeap, RunsByTimeThenByOrder) {
  TimerHeap heap;
  std::vector<int> order;
  heap.add(Time(20us), [&] { order.push_back(3); });
  heap.add(Time(10us), [&] { order.push_back(1); });
  heap.add(Time(10us), [&] { order.push_back(2); });
  heap.add(Time(30us), [&] { order.push_back(4); });

  run_due(heap, Time(20us));

  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(heap.next(), Time(30us));
}

TEST(TimerHeap, ATaskThatRepeatsItselfAtOnceStarvesNobody) {
  TimerHeap heap;
  int repeats = 0;
  int others = 0;
  const std::function<void()> repeat = [&] {
    ++repeats;
    heap.add(Time(), repeat);
  };
  heap.add(Time(), repeat);
  heap.add(Time(10us), [&] { ++others; });

  run_due(heap, Time(5us));
  run_due(heap, Time(10us));

  EXPECT_EQ(repeats, 2);
  EXPECT_EQ(others, 1);
}

TEST(TimerHeap, ADueTaskCanCancelAnother) {
  TimerHeap heap;
  TimerId second;
  bool has_run = false;
  heap.add(Time(1us), [&] { heap.cancel(second); });
  second = heap.add(Time(1us), [&] { has_run = true; });

  run_due(heap, Time(1us));

  EXPECT_FALSE(has_run);
  EXPECT_EQ(heap.next(), std::nullopt);
}

TEST(TimerHeap, CancelledTimersDoNotWakeTheLoop) {
  TimerHeap heap;
  const TimerId early = heap.add(Time(1us), [] {});
  heap.add(Time(9us), [] {});

  heap.cancel(early);
  heap.cancel(early);

  EXPECT_EQ(heap.next(), Time(9us));
}

}  // namespace
}  // namespace suan
