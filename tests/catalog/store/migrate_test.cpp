#include <gtest/gtest.h>

#include "catalog/store/database.h"
#include "catalog/store/node_tables.h"

namespace suan {
namespace {

TEST(Migrate, DoesNothingTheSecondTime) {
  const auto database = open_database("sqlite::memory:");
  migrate(*database);
  database->execute(
      "INSERT INTO site (site_id, name, region, latitude, longitude) "
      "VALUES ('beijing', '', '', 0.0, 0.0)");

  migrate(*database);

  EXPECT_EQ(database->execute("SELECT site_id FROM site").size(), 1U);
}

TEST(Migrate, KeepsTheLinksOfAStoreOfVersionOne) {
  const auto database = open_database("sqlite::memory:");
  database->execute("CREATE TABLE schema_version (version BIGINT PRIMARY KEY)");
  database->execute("INSERT INTO schema_version (version) VALUES (1)");
  database->execute(
      "CREATE TABLE link (source TEXT NOT NULL, destination TEXT NOT NULL, measured_us BIGINT "
      "NOT "
      "NULL, rtt_us_p50 BIGINT NOT NULL, rtt_us_p99 BIGINT NOT NULL)");
  database->execute("INSERT INTO link VALUES ('control', 'beijing', 1, 2, 3)");
  database->execute("CREATE TABLE deployment (deployment_id TEXT PRIMARY KEY)");

  migrate(*database);

  const auto links = NodeTables(*database).links();
  ASSERT_EQ(links.size(), 1U);
  EXPECT_EQ(links[0].rtt_us_p50, 2);
  EXPECT_EQ(links[0].bytes_per_s, std::nullopt);
}

TEST(Migrate, RefusesAStoreOfANewerBuild) {
  const auto database = open_database("sqlite::memory:");
  migrate(*database);
  database->execute("INSERT INTO schema_version (version) VALUES (99)");

  try {
    migrate(*database);
    FAIL() << "a store of version 99 was accepted";
  } catch (const StoreError& error) {
    EXPECT_FALSE(error.is_transient());
    EXPECT_NE(std::string(error.what()).find("version 99"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace suan
