#include "catalog/store/sqlite_database.h"

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <gtest/gtest.h>

#include "catalog/store/decision_tables.h"
#include "catalog/store/usage_table.h"
#include "tests/support/rows.h"

namespace suan {
namespace {

namespace fs = std::filesystem;
using testing::usage_row;

class SqliteDatabaseTest : public ::testing::Test {
 protected:
  SqliteDatabaseTest()
      : folder_(fs::temp_directory_path() / ("suan-sqlite-" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }

  ~SqliteDatabaseTest() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string file() const { return folder_ / "suan.db"; }

 private:
  fs::path folder_;
};

TEST_F(SqliteDatabaseTest, L6_KeepsAWriteAheadLogAndSyncsEachCommit) {
  const auto database = open_sqlite(file());

  EXPECT_EQ(as_text(database->execute("PRAGMA journal_mode")[0][0]), "wal");
  EXPECT_EQ(as_int(database->execute("PRAGMA synchronous")[0][0]), 2);
  EXPECT_EQ(as_int(database->execute("PRAGMA busy_timeout")[0][0]), 5'000);
  EXPECT_EQ(as_int(database->execute("PRAGMA foreign_keys")[0][0]), 1);
}

TEST_F(SqliteDatabaseTest, KeepsItsFileFromOtherUsers) {
  const auto database = open_sqlite(file());

  const auto others = fs::perms::group_all | fs::perms::others_all;
  EXPECT_EQ(fs::status(file()).permissions() & others, fs::perms::none);
}

TEST_F(SqliteDatabaseTest, L6_RefusesADamagedFile) {
  {
    const auto database = open_sqlite(file());
    migrate(*database);
    UsageTable usage(*database);
    database->in_transaction([&](Database&) {
      for (uint64_t n = 0; n < 500; ++n)
        usage.add(usage_row(n));
    });
    database->execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  std::fstream bytes(file(), std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(5 * 4096 + 100);
  bytes << std::string(20'000, 'x');
  bytes.close();

  EXPECT_THROW((void)open_sqlite(file()), StoreError);
}

TEST_F(SqliteDatabaseTest, RefusesAFileThatIsNoDatabase) {
  std::ofstream(file()) << std::string(8'192, 'x');

  EXPECT_THROW((void)open_sqlite(file()), StoreError);
}

TEST_F(SqliteDatabaseTest, NamesTheFileThatItCannotOpen) {
  try {
    (void)open_sqlite("/nonexistent/suan.db");
    FAIL() << "opened";
  } catch (const StoreError& error) {
    EXPECT_NE(std::string(error.what()).find("/nonexistent/suan.db"), std::string::npos);
  }
}

TEST(SqliteAppendOnly, RefusesToChangeOrDeleteRows) {
  const auto database = open_sqlite(":memory:");
  migrate(*database);
  UsageTable(*database).add(usage_row(1));

  for (const char* table : {"usage", "measurement", "decision", "link", "offer"}) {
    const auto name = std::string(table);
    EXPECT_THROW(database->execute("DELETE FROM " + name), StoreError) << name;
  }
  EXPECT_THROW(database->execute("UPDATE usage SET amount_n = 0"), StoreError);
  EXPECT_THROW(database->execute("DROP TABLE usage"), StoreError);
  EXPECT_EQ(UsageTable(*database).rows_total(), 1U);
}

TEST(SqliteAppendOnly, LetsTheOldestDecisionsGo) {
  const auto database = open_sqlite(":memory:");
  migrate(*database);
  DecisionTables decisions(*database);
  for (uint64_t n = 0; n < 3; ++n) {
    DecisionRow row;
    row.request = testing::request_id(n);
    row.at = testing::kNoon + Duration(n);
    decisions.add(row);
  }

  decisions.prune(1);

  EXPECT_EQ(decisions.latest(10).size(), 1U);
}

}  // namespace
}  // namespace suan
