#include <fmt/core.h>

#include "catalog/store/database.h"
#include "catalog/store/postgres_database.h"
#include "catalog/store/sqlite_database.h"

namespace suan {

std::unique_ptr<Database> open_database(const std::string& url) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (url.starts_with(kSqlite)) return open_sqlite(url.substr(kSqlite.size()));
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    return open_postgres(url);
  }
  // The rest of the address may hold a password.
  throw StoreError(
      fmt::format("a store is sqlite:FILE, sqlite::memory: or postgresql://..., not \"{}...\"",
                  url.substr(0, url.find(':'))),
      false);
}

}  // namespace suan
