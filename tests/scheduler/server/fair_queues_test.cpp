#include "scheduler/server/fair_queues.h"

#include <map>

#include <gtest/gtest.h>

#include "tests/support/rows.h"

namespace suan::scheduler {
namespace {

Queued queued(uint64_t n, const std::string& account, uint64_t work = 10) {
  Queued request;
  request.facts.request = testing::request_id(n);
  request.facts.account = AccountId(account);
  request.work = work;
  return request;
}

/// Dispatches `count` times and tells how often each account came.
std::map<std::string, int> dispatched(FairQueue& queue, int count) {
  std::map<std::string, int> times;
  for (int i = 0; i < count; ++i) {
    queue.dispatch([&](const Queued& request) {
      ++times[request.facts.account.value()];
      return Offered::Taken;
    });
  }
  return times;
}

TEST(FairQueue, AFloodOfOneAccountDoesNotStarveAnother) {
  FairQueue queue;
  for (uint64_t n = 0; n < 100; ++n)
    queue.push(queued(n, "flood"));
  for (uint64_t n = 100; n < 110; ++n)
    queue.push(queued(n, "modest"));

  auto times = dispatched(queue, 20);

  EXPECT_EQ(times["modest"], 10);
  EXPECT_EQ(times["flood"], 10);
}

TEST(FairQueue, WeightsShareTheWork) {
  FairQueue queue;
  queue.set_weight(AccountId("double"), 2);
  for (uint64_t n = 0; n < 100; ++n) {
    queue.push(queued(n, "double"));
    queue.push(queued(1000 + n, "single"));
  }

  auto times = dispatched(queue, 30);

  EXPECT_EQ(times["double"], 20);
  EXPECT_EQ(times["single"], 10);
}

TEST(FairQueue, LargeRequestsCountForMore) {
  FairQueue queue;
  for (uint64_t n = 0; n < 100; ++n) {
    queue.push(queued(n, "large", 30));
    queue.push(queued(1000 + n, "small", 10));
  }

  auto times = dispatched(queue, 40);

  EXPECT_EQ(times["large"], 10);
  EXPECT_EQ(times["small"], 30);
}

TEST(FairQueue, IdlingSavesNothing) {
  FairQueue queue;
  for (uint64_t n = 0; n < 100; ++n)
    queue.push(queued(n, "busy"));
  dispatched(queue, 50);

  for (uint64_t n = 100; n < 150; ++n)
    queue.push(queued(n, "late"));
  auto times = dispatched(queue, 20);

  EXPECT_EQ(times["late"], 10);
}

TEST(FairQueue, ABlockedHeadLetsTheNextAccountPass) {
  FairQueue queue;
  queue.push(queued(1, "a"));
  queue.push(queued(2, "b"));
  std::string taken;

  const bool is_taken = queue.dispatch([&](const Queued& request) {
    if (request.facts.account.value() == "a") return Offered::Blocked;
    taken = request.facts.account.value();
    return Offered::Taken;
  });

  EXPECT_TRUE(is_taken);
  EXPECT_EQ(taken, "b");
  EXPECT_EQ(queue.size(), 1U);
}

TEST(FairQueue, CorrectionsChangeWhoIsNext) {
  FairQueue queue;
  queue.push(queued(1, "a"));
  queue.push(queued(2, "b"));
  queue.correct(AccountId("a"), 100);

  auto times = dispatched(queue, 1);

  EXPECT_EQ(times["b"], 1);
}

TEST(FairQueue, RemovesOneRequestAndThoseThatExpired) {
  FairQueue queue;
  queue.push(queued(1, "a"));
  Queued late = queued(2, "a");
  late.deadline = Time(5s);
  queue.push(late);

  EXPECT_TRUE(queue.remove(AccountId("a"), testing::request_id(1)));
  EXPECT_FALSE(queue.remove(AccountId("a"), testing::request_id(1)));
  EXPECT_TRUE(queue.remove_expired(Time(4s)).empty());
  EXPECT_EQ(queue.remove_expired(Time(5s)).size(), 1U);
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_EQ(queue.work(), 0U);
}

}  // namespace
}  // namespace suan::scheduler
