#include "catalog/wire/zmq_loop.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/zmq_world.h"

namespace suan {
namespace {

// What every loop does is in tests/contract/loop_contract_test.cpp; this is about threads.

TEST(ZmqLoop, TakesTasksFromManyThreadsInTheOrderOfEach) {
  ZmqContext context;
  ZmqLoop loop(context);
  std::vector<std::vector<int>> seen(4);

  std::vector<std::thread> threads;
  for (size_t t = 0; t < seen.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; ++i)
        loop.post([&, t, i] { seen[t].push_back(i); });
    });
  }
  ASSERT_TRUE(test::run_until(loop, [&] {
    return std::all_of(seen.begin(), seen.end(),
                       [](const auto& s) { return s.size() == 1000; });
  }));
  for (std::thread& thread : threads)
    thread.join();

  for (const auto& numbers : seen)
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
}

TEST(ZmqLoop, StopsFromAnotherThreadWhileItWaits) {
  ZmqContext context;
  ZmqLoop loop(context);
  std::thread other([&] { loop.stop(); });

  loop.run();  // has nothing to do, and must return

  other.join();
}

TEST(ZmqLoop, DropsTasksPostedAfterItHasStopped) {
  ZmqContext context;
  ZmqLoop loop(context);
  bool has_run = false;
  loop.post([&] { loop.stop(); });
  loop.run();

  loop.post([&] { has_run = true; });
  loop.post([&] { loop.stop(); });
  loop.stop();
  loop.run();

  EXPECT_FALSE(has_run);
}

TEST(ZmqLoop, TellsItsLongestTurnOnce) {
  ZmqContext context;
  ZmqLoop loop(context);
  loop.post([&] {
    const Time end = loop.now() + 5ms;
    while (loop.now() < end) {
    }
    loop.stop();
  });

  loop.run();

  EXPECT_GE(loop.take_lag_max(), 5ms);
  EXPECT_LT(loop.take_lag_max(), 5ms);
}

TEST(ZmqLoop, AFloodOfMessagesDoesNotStarveTimers) {
  ZmqContext context;
  ZmqLoop loop(context);
  const auto left = ZmqChannel::bind_pair(loop, "flood", Peer("right"));
  const auto right = ZmqChannel::connect_pair(loop, "flood", Peer("left"));
  // Each message is answered, so there is always one more to read.
  const auto bounce = [](ZmqChannel& channel) {
    channel.on_message([&channel](const Peer& from, const v1::Envelope& message) {
      channel.send(from, message);
    });
  };
  bounce(*left);
  bounce(*right);
  for (uint64_t i = 0; i < 500; ++i)
    left->send(Peer("right"), test::beat(i));

  int ticks = 0;
  std::function<void()> tick = [&] {
    if (++ticks < 10) loop.after(1ms, tick);
  };
  loop.after(1ms, tick);

  EXPECT_TRUE(test::run_until(loop, [&] { return ticks == 10; }));
}

}  // namespace
}  // namespace suan
