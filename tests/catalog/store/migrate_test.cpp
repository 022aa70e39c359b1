#include <gtest/gtest.h>

#include "catalog/store/database.h"

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
