#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "catalog/store/database.h"
#include "tests/support/private_postgres.h"

namespace suan::testing {

enum class StoreKind { SqliteMemory, SqliteFile, PostgreSql };

/// An empty store of one kind, for one test, gone afterwards.
///
/// All of a process share one PostgreSQL cluster, each with a database of its own.
class AnyStore {
 public:
  explicit AnyStore(StoreKind kind);
  ~AnyStore();
  AnyStore(const AnyStore&) = delete;
  AnyStore& operator=(const AnyStore&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }

  /// Opens it and brings it to this build's version.
  [[nodiscard]] std::unique_ptr<Database> open() const;

 private:
  std::filesystem::path folder_;  // empty: none
  std::string url_;
};

/// The cluster that this process's tests share; started at its first use, stopped at its end.
[[nodiscard]] PrivatePostgres& shared_postgres();
void stop_shared_postgres();

}  // namespace suan::testing
