// What every Database promises.

#include <limits>

#include <gtest/gtest.h>

#include "catalog/store/node_tables.h"
#include "catalog/store/usage_table.h"
#include "tests/contract/store/store_contract.h"
#include "tests/support/rows.h"

namespace suan {
namespace {

using testing::request_id;
using testing::StoreContract;
using testing::StoreKind;
using testing::usage_row;

using DatabaseContract = StoreContract;
INSTANTIATE_EACH_STORE(DatabaseContract);

TEST_P(DatabaseContract, GivesBackEachValueAsItWasWritten) {
  database().execute("CREATE TABLE value_test (i BIGINT, d DOUBLE PRECISION, t TEXT, n TEXT)");
  const auto least = std::numeric_limits<int64_t>::min();
  const double third = 1.0 / 3.0;
  const std::string text = "算 'quoted' \"twice\"\n$1 \\ ;--";

  database().execute("INSERT INTO value_test VALUES ($1, $2, $3, $4)",
                     {least, third, text, {}});
  const auto rows = database().execute("SELECT i, d, t, n FROM value_test");

  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(as_int(rows[0][0]), least);
  EXPECT_EQ(as_double(rows[0][1]), third);
  EXPECT_EQ(as_text(rows[0][2]), text);
  EXPECT_EQ(as_optional_int(rows[0][3]), std::nullopt);
}

TEST_P(DatabaseContract, TakesParametersInAnyOrderAndTwice) {
  const auto rows = database().execute(
      "SELECT CAST($2 AS TEXT), CAST($1 AS BIGINT), CAST($2 AS TEXT)", {int64_t{7}, "seven"});

  EXPECT_EQ(as_text(rows.at(0).at(0)), "seven");
  EXPECT_EQ(as_int(rows.at(0).at(1)), 7);
  EXPECT_EQ(as_text(rows.at(0).at(2)), "seven");
}

TEST_P(DatabaseContract, RefusesTextsThatOneOfTheDatabasesCouldNotKeep) {
  EXPECT_THROW(database().execute("SELECT CAST($1 AS TEXT)", {std::string("a\0b", 3)}),
               StoreError);
}

TEST_P(DatabaseContract, SortsTextByItsBytes) {
  const std::vector<std::string> in_order{"B", "a", "a-b", "a.c", "ab"};
  for (const auto& name : {in_order[3], in_order[0], in_order[4], in_order[1], in_order[2]}) {
    Site site;
    site.site = SiteId(name);
    NodeTables(database()).put_site(site);
  }

  std::vector<std::string> found;
  for (const auto& site : NodeTables(database()).sites())
    found.push_back(site.site.value());

  EXPECT_EQ(found, in_order);
}

TEST_P(DatabaseContract, SaysThatABadStatementWillNotWorkLaterEither) {
  try {
    database().execute("SELECT nothing FROM nowhere");
    FAIL() << "accepted";
  } catch (const StoreError& error) {
    EXPECT_FALSE(error.is_transient()) << error.what();
  }
  EXPECT_NO_THROW(database().execute("SELECT site_id FROM site"));
}

TEST_P(DatabaseContract, UndoesATransactionThatFails) {
  UsageTable usage(database());
  const auto fails = [&](Database&) {
    usage.add(usage_row(1));
    throw std::runtime_error("changed my mind");
  };

  EXPECT_THROW(database().in_transaction(fails), std::runtime_error);

  EXPECT_EQ(usage.rows_total(), 0U);
  usage.add(usage_row(2));
  EXPECT_EQ(usage.rows_total(), 1U);
}

TEST_P(DatabaseContract, RepeatsATransactionAfterATransientError) {
  UsageTable usage(database());
  int attempts = 0;

  database().in_transaction([&](Database&) {
    usage.add(usage_row(1));
    if (++attempts < 3) throw StoreError("try again", true);
  });

  EXPECT_EQ(attempts, 3);
  EXPECT_EQ(usage.rows_total(), 1U);
}

TEST_P(DatabaseContract, JoinsATransactionInsideAnother) {
  UsageTable usage(database());
  const auto fails_outside = [&](Database& outer) {
    outer.in_transaction([&](Database&) { usage.add(usage_row(1)); });
    throw std::runtime_error("all of it goes");
  };

  EXPECT_THROW(database().in_transaction(fails_outside), std::runtime_error);

  EXPECT_EQ(usage.rows_total(), 0U);
}

TEST_P(DatabaseContract, KeepsReferencesWhole) {
  NodeRow node;
  node.node = NodeId("beijing-1");
  node.site = SiteId("nowhere");

  EXPECT_THROW(NodeTables(database()).insert_node(node), StoreError);
}

TEST_P(DatabaseContract, IsTheSameStoreWhenOpenedAgain) {
  if (GetParam() == StoreKind::SqliteMemory) GTEST_SKIP() << "memory ends with its connection";
  UsageTable(database()).add(usage_row(1));

  const auto again = store().open();

  EXPECT_EQ(UsageTable(*again).of_request(request_id(1)), std::vector<UsageRow>{usage_row(1)});
}

}  // namespace
}  // namespace suan
