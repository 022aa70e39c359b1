#include "bench/sim/sim_loop.h"

#include <vector>

#include <gtest/gtest.h>

namespace suan::bench {
namespace {

TEST(SimLoop, VirtualTimeJumpsToTheNextEvent) {
  SimWorld world;
  SimLoop loop(world);
  Time seen;
  loop.after(48h, [&] { seen = loop.now(); });

  ASSERT_TRUE(world.step());

  EXPECT_EQ(seen, Time(48h));
  EXPECT_FALSE(world.step());
}

TEST(SimLoop, RunUntilStopsAtItsEnd) {
  SimWorld world;
  SimLoop loop(world);
  int runs = 0;
  loop.after(1s, [&] { ++runs; });
  loop.after(3s, [&] { ++runs; });

  world.run_until(Time(2s));

  EXPECT_EQ(runs, 1);
  EXPECT_EQ(world.now(), Time(2s));
}

TEST(SimLoop, AFastClockSeesMoreTimePass) {
  SimWorld world;
  SimLoop loop(world, 1.5);
  Time true_time;
  loop.after(3s, [&] { true_time = world.now(); });

  world.run_until(Time(10s));

  EXPECT_NEAR(static_cast<double>(true_time.time_since_epoch().count()), 2e6, 2);
  EXPECT_EQ(loop.now(), Time(15s));
}

TEST(SimLoop, APausedLoopDoesInOrderWhatItMissed) {
  SimWorld world;
  SimLoop loop(world);
  std::vector<int> order;
  for (int i = 1; i <= 3; ++i)
    loop.after(i * 1s, [&, i] { order.push_back(i); });
  loop.pause();
  world.run_until(Time(5s));
  ASSERT_TRUE(order.empty());

  loop.post([&] { order.push_back(4); });
  loop.resume();
  world.run_for(1s);

  EXPECT_EQ(order, (std::vector<int>{1, 2, 3, 4}));
}

TEST(SimLoop, ADestroyedLoopRunsNothing) {
  SimWorld world;
  bool has_run = false;
  {
    SimLoop loop(world);
    loop.after(1s, [&] { has_run = true; });
  }

  world.run_until(Time(2s));

  EXPECT_FALSE(has_run);
}

TEST(SimLoop, CountsTasksThatThrow) {
  SimWorld world;
  SimLoop loop(world);
  loop.post([] { throw std::runtime_error("planted"); });

  world.run_for(1s);

  EXPECT_EQ(world.failures(), 1U);
}

}  // namespace
}  // namespace suan::bench
