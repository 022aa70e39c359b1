#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "catalog/store/database.h"
#include "tests/contract/store/any_store.h"

namespace suan::testing {

/// A test on an empty, migrated store of each kind.
class StoreContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override {
    if (GetParam() == StoreKind::PostgreSql && !PrivatePostgres::is_installed()) {
      GTEST_SKIP() << "NOT TESTED: PostgreSQL 15 is not installed (/usr/lib/postgresql/*/bin)";
    }
    store_ = std::make_unique<AnyStore>(GetParam());
    database_ = store_->open();
  }

  void TearDown() override { database_.reset(); }

  Database& database() { return *database_; }

  [[nodiscard]] const AnyStore& store() const { return *store_; }

 private:
  std::unique_ptr<AnyStore> store_;
  std::unique_ptr<Database> database_;
};

[[nodiscard]] inline std::string name_of(const ::testing::TestParamInfo<StoreKind>& info) {
  switch (info.param) {
    case StoreKind::SqliteMemory:
      return "SqliteMemory";
    case StoreKind::SqliteFile:
      return "SqliteFile";
    case StoreKind::PostgreSql:
      return "PostgreSQL";
  }
  return "unknown";
}

}  // namespace suan::testing

#define INSTANTIATE_EACH_STORE(suite)                                                  \
  INSTANTIATE_TEST_SUITE_P(Each, suite,                                                \
                           ::testing::Values(::suan::testing::StoreKind::SqliteMemory, \
                                             ::suan::testing::StoreKind::SqliteFile,   \
                                             ::suan::testing::StoreKind::PostgreSql),  \
                           ::suan::testing::name_of)
