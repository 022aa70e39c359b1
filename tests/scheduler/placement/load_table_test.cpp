#include "scheduler/placement/load_table.h"

#include <utility>

#include <gtest/gtest.h>

namespace suan::scheduler {
namespace {

const ReplicaId kReplica{5};
constexpr Time kNow{Duration(1'000'000)};
constexpr Demand kHalf{.kv_tokens = 2048, .prefill_tokens = 100};

LoadTable& with_replica(LoadTable& table) {
  table.set_capacity(kReplica, 4, 4096);
  return table;
}

TEST(LoadTable, GivesRoomBackWhenTheReservationEnds) {
  LoadTable table(64);
  with_replica(table);
  {
    const auto first = table.reserve(kReplica, {.kv_tokens = 4096}, 1);
    ASSERT_TRUE(first) << first.error();

    const auto second = table.reserve(kReplica, {.kv_tokens = 1}, 2);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::NoCapacity);
  }
  EXPECT_TRUE(table.reserve(kReplica, {.kv_tokens = 4096}, 3));
}

TEST(LoadTable, RefusesTheRequestAfterTheLastSlot) {
  LoadTable table(64);
  table.set_capacity(kReplica, 1, 4096);
  const auto first = table.reserve(kReplica, {.kv_tokens = 1}, 1);
  ASSERT_TRUE(first);

  const auto second = table.reserve(kReplica, {.kv_tokens = 1}, 2);

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::NoCapacity);
  EXPECT_EQ(second.error().message, "replica 5 has 1 of 1 slots taken");
}

TEST(LoadTable, TellsThatAnUnknownReplicaIsGone) {
  LoadTable table(64);

  const auto reserved = table.reserve(kReplica, kHalf, 1);

  ASSERT_FALSE(reserved);
  EXPECT_EQ(reserved.error().code, ErrorCode::ReplicaGone);
}

TEST(LoadTable, MovesRoomWithItsReservation) {
  LoadTable table(64);
  with_replica(table);
  Reservation kept;
  {
    auto reserved = table.reserve(kReplica, kHalf, 1);
    ASSERT_TRUE(reserved);
    kept = std::move(*reserved);
  }
  EXPECT_EQ(table.find(kReplica)->in_flight, 1U);

  kept.release();
  kept.release();  // again does nothing

  EXPECT_EQ(table.find(kReplica)->in_flight, 0U);
  EXPECT_FALSE(kept.is_held());
}

TEST(LoadTable, AddsStartsThatTheReportHadNotSeen) {
  LoadTable table(64);
  with_replica(table);
  const auto seen = table.reserve(kReplica, {.kv_tokens = 100, .prefill_tokens = 10}, 1);
  const auto later = table.reserve(kReplica, {.kv_tokens = 200, .prefill_tokens = 20}, 2);
  ASSERT_TRUE(seen && later);

  table.report(kReplica, {.running = 1, .kv_tokens_taken = 150, .prefill_tokens_queued = 7}, 1,
               kNow);

  const Load& load = *table.find(kReplica);
  EXPECT_EQ(load.in_flight, 2U);
  EXPECT_EQ(load.kv_tokens_taken, 350U);       // 150 reported and 200 later
  EXPECT_EQ(load.prefill_tokens_queued, 27U);  // 7 reported and 20 later
}

TEST(LoadTable, NeverCountsLessThanWasPromised) {
  LoadTable table(64);
  with_replica(table);
  const auto reserved = table.reserve(kReplica, kHalf, 1);
  ASSERT_TRUE(reserved);

  table.report(kReplica, {.running = 1, .kv_tokens_taken = 30}, 1,
               kNow);  // grows as it decodes

  EXPECT_EQ(table.find(kReplica)->kv_tokens_taken, 2048U);
}

TEST(LoadTable, FreesAtOnceWhatTheLastReportStillCounts) {
  LoadTable table(64);
  with_replica(table);
  auto reserved = table.reserve(kReplica, kHalf, 1);
  ASSERT_TRUE(reserved);
  table.report(kReplica, {.running = 1, .kv_tokens_taken = 2048}, 1, kNow);

  reserved->release();

  EXPECT_EQ(table.find(kReplica)->in_flight, 0U);
  EXPECT_EQ(table.find(kReplica)->kv_tokens_taken, 0U);
}

TEST(LoadTable, BelievesTheReportAloneAfterFiveSecondsOfMismatch) {
  LoadTable table(64);
  with_replica(table);
  const auto whose_end_was_lost = table.reserve(kReplica, kHalf, 1);
  ASSERT_TRUE(whose_end_was_lost);

  table.report(kReplica, {}, 1, kNow);
  EXPECT_EQ(table.find(kReplica)->in_flight, 1U);
  table.report(kReplica, {}, 1, kNow + 4999ms);
  EXPECT_EQ(table.find(kReplica)->in_flight, 1U);
  table.report(kReplica, {}, 1, kNow + 5s);

  EXPECT_EQ(table.find(kReplica)->in_flight, 0U);
  EXPECT_EQ(table.find(kReplica)->kv_tokens_taken, 0U);
}

TEST(LoadTable, FreesQueuedPrefillAtTheFirstToken) {
  LoadTable table(64);
  with_replica(table);
  auto reserved = table.reserve(kReplica, kHalf, 1);
  ASSERT_TRUE(reserved);
  EXPECT_EQ(table.find(kReplica)->prefill_tokens_queued, 100U);

  reserved->first_token_seen();

  EXPECT_EQ(table.find(kReplica)->prefill_tokens_queued, 0U);
  EXPECT_EQ(table.find(kReplica)->in_flight, 1U);
}

TEST(LoadTable, KeepsPromisesWhenCapacityShrinksBelowThem) {
  LoadTable table(64);
  with_replica(table);
  const auto reserved = table.reserve(kReplica, kHalf, 1);
  ASSERT_TRUE(reserved);

  table.set_capacity(kReplica, 4, 1000);

  const auto next = table.reserve(kReplica, {.kv_tokens = 1}, 2);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::NoCapacity);
}

TEST(LoadTable, EndsReservationsOfARemovedReplicaWithoutEffect) {
  LoadTable table(64);
  with_replica(table);
  auto old = table.reserve(kReplica, kHalf, 1);
  ASSERT_TRUE(old);
  table.remove(kReplica);
  with_replica(table);
  const auto fresh = table.reserve(kReplica, kHalf, 2);
  ASSERT_TRUE(fresh);

  old->release();

  EXPECT_EQ(table.find(kReplica)->in_flight, 1U);
}

TEST(LoadTable, AdoptsWhatRunsAlreadyEvenAboveItsCapacity) {
  LoadTable table(64);
  table.set_capacity(kReplica, 1, 100);

  const auto adopted = table.adopt(kReplica, kHalf, 1);

  ASSERT_TRUE(adopted);
  EXPECT_EQ(table.find(kReplica)->kv_tokens_taken, 2048U);
}

TEST(Breaker, OpensAfterFiveFailuresAndLongerEachTime) {
  Breaker breaker;
  for (int i = 0; i < 4; ++i) {
    breaker.failed(kNow);
  }
  EXPECT_FALSE(breaker.is_open(kNow));

  breaker.failed(kNow);
  EXPECT_TRUE(breaker.is_open(kNow + 9999ms));
  EXPECT_TRUE(breaker.is_half_open(kNow + 10s));

  breaker.failed(kNow + 10s);
  EXPECT_TRUE(breaker.is_open(kNow + 29s));
  EXPECT_FALSE(breaker.is_open(kNow + 30s));

  breaker.succeeded();
  EXPECT_FALSE(breaker.is_half_open(kNow + 30s));
}

}  // namespace
}  // namespace suan::scheduler
