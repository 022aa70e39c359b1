#include "scheduler/server/decision_log.h"

#include <gtest/gtest.h>

#include "tests/support/rows.h"

namespace suan::scheduler {
namespace {

Decision decision(uint64_t n, Verdict verdict = Verdict::Placed, uint32_t attempt = 1) {
  Decision made;
  made.request = testing::request_id(n);
  made.attempt = attempt;
  made.verdict = verdict;
  return made;
}

TEST(DecisionLog, KeepsTheNewestInBoundedMemory) {
  Outbox outbox(Peer("gateway:main"));
  DecisionLog log(10, outbox);

  for (uint64_t n = 1; n <= 100; ++n)
    log.add(decision(n));

  EXPECT_TRUE(log.find(testing::request_id(90)).empty());
  EXPECT_EQ(log.find(testing::request_id(91)).size(), 1U);
  EXPECT_EQ(log.find(testing::request_id(100)).size(), 1U);
}

TEST(DecisionLog, APlacementReplacesTheWaiting) {
  Outbox outbox(Peer("gateway:main"));
  DecisionLog log(10, outbox);

  log.add(decision(1, Verdict::Waiting));
  const size_t unwritten = log.unwritten();
  log.add(decision(1, Verdict::Placed));

  EXPECT_EQ(unwritten, 0U) << "only what is decided is stored";
  const auto kept = log.find(testing::request_id(1));
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0]->verdict, Verdict::Placed);
}

TEST(DecisionLog, WritesInBatches) {
  Outbox outbox(Peer("gateway:main"));
  DecisionLog log(1000, outbox);

  for (uint64_t n = 1; n <= 300; ++n)
    log.add(decision(n));
  const size_t after_full_batch = outbox.take().writes.size();
  log.flush();

  EXPECT_EQ(after_full_batch, 1U);
  EXPECT_EQ(outbox.take().writes.size(), 1U);
  EXPECT_EQ(log.unwritten(), 0U);
}

}  // namespace
}  // namespace suan::scheduler
