// kill -9 in the middle of inserts: what was acknowledged is there, once (L2, I6).

#include <gtest/gtest.h>

#include "catalog/store/usage_table.h"
#include "catalog/types/random.h"
#include "tests/contract/store/any_store.h"
#include "tests/contract/store/usage_writer.h"
#include "tests/support/rows.h"

namespace suan {
namespace {

using testing::AnyStore;
using testing::request_id;
using testing::StoreKind;
using testing::usage_row;
using testing::UsageWriter;

void expect_each_once(Database& database, const std::set<uint64_t>& acknowledged) {
  UsageTable usage(database);
  for (const auto n : acknowledged) {
    ASSERT_EQ(usage.of_request(request_id(n)), std::vector<UsageRow>{usage_row(n)})
        << "row " << n;
  }
  EXPECT_GE(usage.rows_total(), acknowledged.size());
}

/// Kills the writer at random moments; the next one begins where the last may have stopped, so it
/// repeats the rows in doubt.
void kill_writers(const AnyStore& store, uint64_t rounds, uint64_t seed) {
  Random random(seed);
  std::set<uint64_t> acknowledged;
  (void)store.open();
  for (uint64_t round = 0; round < rounds; ++round) {
    const auto first = acknowledged.empty() ? 0 : *acknowledged.rbegin() + 1;
    UsageWriter writer(store.url(), first);
    writer.wait_for(1 + random.below(300));
    writer.kill();
    acknowledged.insert(writer.acknowledged().begin(), writer.acknowledged().end());
  }

  ASSERT_GE(acknowledged.size(), rounds);
  expect_each_once(*store.open(), acknowledged);
}

TEST(StoreCrash, I6_SqliteKeepsEachAcknowledgedRowOnce) {
  const AnyStore store(StoreKind::SqliteFile);

  kill_writers(store, 20, 11);
}

class StoreCrashPostgres : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::PrivatePostgres::is_installed()) {
      GTEST_SKIP() << "NOT TESTED: PostgreSQL 15 is not installed (/usr/lib/postgresql/*/bin)";
    }
  }
};

TEST_F(StoreCrashPostgres, I6_KeepsEachAcknowledgedRowOnce) {
  const AnyStore store(StoreKind::PostgreSql);

  kill_writers(store, 20, 12);
}

TEST_F(StoreCrashPostgres, L2_KeepsEachAcknowledgedRowWhenTheServerIsKilled) {
  const AnyStore store(StoreKind::PostgreSql);
  (void)store.open();
  Random random(13);
  UsageWriter writer(store.url(), 0);

  size_t target = 0;
  for (int round = 0; round < 5; ++round) {
    target += 50 + random.below(300);
    writer.wait_for(target);
    testing::shared_postgres().kill_postmaster();
    testing::shared_postgres().start();
    target = writer.acknowledged().size();
  }
  writer.wait_for(target + 100);
  writer.kill();

  expect_each_once(*store.open(), writer.acknowledged());
}

}  // namespace
}  // namespace suan
