#pragma once

#include <memory>
#include <string>

#include "catalog/store/database.h"

namespace suan {

/// Connects to `url` and checks that the database is UTF8 with locale C, so that texts sort alike
/// on both databases.
///
/// A lost connection is opened again at the next use. synchronous_commit on, statement_timeout 5 s.
/// Errors:   throws StoreError, which names host and database, never the password
[[nodiscard]] std::unique_ptr<Database> open_postgres(const std::string& url);

}  // namespace suan
