// What PostgreSQL alone can do wrong.

#include <gtest/gtest.h>

#include "catalog/store/database.h"
#include "catalog/store/usage_table.h"
#include "tests/contract/store/any_store.h"
#include "tests/support/rows.h"

namespace suan {
namespace {

using testing::shared_postgres;
using testing::usage_row;

class PostgresDatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::PrivatePostgres::is_installed()) {
      GTEST_SKIP() << "NOT TESTED: PostgreSQL 15 is not installed (/usr/lib/postgresql/*/bin)";
    }
  }
};

TEST_F(PostgresDatabaseTest, L6_CommitsDurablyAndLimitsEachStatement) {
  const auto database = testing::AnyStore(testing::StoreKind::PostgreSql).open();

  const auto setting = [&](const std::string& name) {
    return as_text(database->execute("SHOW " + name).at(0).at(0));
  };

  EXPECT_EQ(setting("synchronous_commit"), "on");
  EXPECT_EQ(setting("statement_timeout"), "5s");
}

TEST_F(PostgresDatabaseTest, RefusesADatabaseThatWouldSortOrSpellDifferently) {
  const auto latin = shared_postgres().make_database(
      "latin", "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
  const auto other = shared_postgres().make_database(
      "other_locale", "ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0");

  for (const auto& url : {latin, other}) {
    try {
      (void)open_database(url);
      ADD_FAILURE() << "accepted " << url;
    } catch (const StoreError& error) {
      EXPECT_FALSE(error.is_transient());
      EXPECT_NE(std::string(error.what()).find("UTF8 and C are needed"), std::string::npos);
    }
  }
}

TEST_F(PostgresDatabaseTest, A9_NeverTellsThePassword) {
  for (const char* url : {"postgresql://suan:planted-secret@127.0.0.1:1/suan",
                          "postgresql:///suan?host=127.0.0.1&port=1&password=planted-secret"}) {
    try {
      (void)open_database(url);
      FAIL() << "connected to port 1";
    } catch (const StoreError& error) {
      EXPECT_TRUE(error.is_transient());
      EXPECT_EQ(std::string(error.what()).find("planted-secret"), std::string::npos);
    }
  }
}

TEST_F(PostgresDatabaseTest, ConnectsAgainAfterItsConnectionWasEnded) {
  const testing::AnyStore store(testing::StoreKind::PostgreSql);
  const auto database = store.open();
  const auto other = store.open();
  const auto process = as_int(database->execute("SELECT pg_backend_pid()").at(0).at(0));
  other->execute("SELECT CAST(pg_terminate_backend(CAST($1 AS INTEGER)) AS TEXT)", {process});

  database->in_transaction([](Database& again) { UsageTable(again).add(usage_row(1)); });

  EXPECT_EQ(UsageTable(*database).rows_total(), 1U);
  EXPECT_NE(as_int(database->execute("SELECT pg_backend_pid()").at(0).at(0)), process);
}

TEST_F(PostgresDatabaseTest, RepeatsATransactionThatLostADeadlock) {
  const testing::AnyStore store(testing::StoreKind::PostgreSql);
  const auto database = store.open();
  UsageTable usage(*database);
  int attempts = 0;

  database->in_transaction([&](Database& transaction) {
    usage.add(usage_row(1));
    if (++attempts == 1) {
      transaction.execute(
          "DO $$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = '40P01'; END $$");
    }
  });

  EXPECT_EQ(attempts, 2);
  EXPECT_EQ(usage.rows_total(), 1U);
}

}  // namespace
}  // namespace suan
