// What every Loop does: one suite over ZmqLoop and SimLoop.
#include <vector>

#include <gtest/gtest.h>

#include "bench/sim/sim_loop.h"
#include "tests/support/zmq_world.h"

namespace suan {
namespace {

class Zmq {
 public:
  Loop& loop() { return loop_; }

  bool run_until(const std::function<bool()>& is_done) {
    return test::run_until(loop_, is_done);
  }

 private:
  ZmqContext context_;
  ZmqLoop loop_{context_};
};

/// `rate`: this clock's microseconds in 1,000 true ones.
template <int rate>
class Sim {
 public:
  Loop& loop() { return loop_; }

  bool run_until(const std::function<bool()>& is_done) {
    while (!is_done()) {
      if (!world_.step()) return false;
    }
    return true;
  }

 private:
  bench::SimWorld world_;
  bench::SimLoop loop_{world_, rate / 1000.0};
};

template <class World>
class LoopContract : public ::testing::Test {
 protected:
  World world_;
};

using Worlds = ::testing::Types<Zmq, Sim<1000>, Sim<1003>, Sim<997>>;
TYPED_TEST_SUITE(LoopContract, Worlds);

TYPED_TEST(LoopContract, RunsTimersByTimeThenByOrder) {
  Loop& loop = this->world_.loop();
  const Time start = loop.now();
  std::vector<int> order;
  loop.at(start + 3ms, [&] { order.push_back(3); });
  loop.at(start + 1ms, [&] { order.push_back(1); });
  loop.at(start + 1ms, [&] { order.push_back(2); });

  ASSERT_TRUE(this->world_.run_until([&] { return order.size() == 3; }));

  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TYPED_TEST(LoopContract, NoTimerRunsBeforeItsTime) {
  Loop& loop = this->world_.loop();
  std::vector<Duration> early;
  for (int i = 1; i <= 20; ++i) {
    const Time when = loop.now() + Duration(i * 137);
    loop.at(when, [&, when] { early.push_back(when - loop.now()); });
  }

  ASSERT_TRUE(this->world_.run_until([&] { return early.size() == 20; }));

  for (const Duration by : early)
    EXPECT_LE(by, 0us);
}

TYPED_TEST(LoopContract, RunsWhatIsOverdueSoon) {
  Loop& loop = this->world_.loop();
  bool has_run = false;
  loop.at(loop.now() - 1h, [&] { has_run = true; });

  EXPECT_TRUE(this->world_.run_until([&] { return has_run; }));
}

TYPED_TEST(LoopContract, ACancelledTimerDoesNotRun) {
  Loop& loop = this->world_.loop();
  bool has_run = false;
  bool is_later = false;
  const TimerId timer = loop.after(1ms, [&] { has_run = true; });
  loop.after(2ms, [&] { is_later = true; });

  loop.cancel(timer);
  loop.cancel(timer);
  loop.cancel(TimerId());
  ASSERT_TRUE(this->world_.run_until([&] { return is_later; }));

  EXPECT_FALSE(has_run);
}

TYPED_TEST(LoopContract, CancellingATimerThatHasRunDoesNothing) {
  Loop& loop = this->world_.loop();
  int runs = 0;
  const TimerId timer = loop.after(0us, [&] { ++runs; });
  ASSERT_TRUE(this->world_.run_until([&] { return runs == 1; }));

  loop.cancel(timer);
  loop.after(0us, [&] { ++runs; });

  EXPECT_TRUE(this->world_.run_until([&] { return runs == 2; }));
}

TYPED_TEST(LoopContract, RunsPostedTasksInOrder) {
  Loop& loop = this->world_.loop();
  std::vector<int> order;
  for (int i = 0; i < 100; ++i)
    loop.post([&, i] { order.push_back(i); });

  ASSERT_TRUE(this->world_.run_until([&] { return order.size() == 100; }));

  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TYPED_TEST(LoopContract, ATaskThatAlwaysPostsAnotherStarvesNoTimer) {
  Loop& loop = this->world_.loop();
  bool is_due = false;
  const std::function<void()> again = [&] {
    if (!is_due) loop.after(1us, again);
  };
  again();
  loop.after(2ms, [&] { is_due = true; });

  EXPECT_TRUE(this->world_.run_until([&] { return is_due; }));
}

TYPED_TEST(LoopContract, ATaskMayAddAndCancelOthers) {
  Loop& loop = this->world_.loop();
  std::vector<int> order;
  TimerId second;
  loop.after(1ms, [&] {
    order.push_back(1);
    loop.cancel(second);
    loop.after(1ms, [&] { order.push_back(3); });
  });
  second = loop.after(1ms, [&] { order.push_back(2); });

  ASSERT_TRUE(this->world_.run_until([&] { return order.size() == 2; }));

  EXPECT_EQ(order, (std::vector<int>{1, 3}));
}

TYPED_TEST(LoopContract, ATaskThatThrowsEndsNothingElse) {
  Loop& loop = this->world_.loop();
  bool has_run = false;
  loop.post([] { throw std::runtime_error("planted"); });
  loop.after(0us, [] { throw std::runtime_error("planted"); });
  loop.after(1ms, [&] { has_run = true; });

  EXPECT_TRUE(this->world_.run_until([&] { return has_run; }));
}

TYPED_TEST(LoopContract, TheClockNeverGoesBack) {
  Loop& loop = this->world_.loop();
  Time last = loop.now();
  int ticks = 0;
  const std::function<void()> tick = [&] {
    EXPECT_GE(loop.now(), last);
    last = loop.now();
    if (++ticks < 50) loop.after(100us, tick);
  };
  tick();

  EXPECT_TRUE(this->world_.run_until([&] { return ticks == 50; }));
}

}  // namespace
}  // namespace suan
