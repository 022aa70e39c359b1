#pragma once

#include <memory>
#include <string>

#include "catalog/store/database.h"

namespace suan {

/// Opens or creates `file` (0600), or a database in memory for `:memory:`.
///
/// WAL, synchronous=FULL, foreign keys, 5 s of waiting for another process; checked for
/// damage before anything uses it. Append-only tables refuse UPDATE and DELETE.
/// Errors:   throws StoreError with a sentence that names the file
[[nodiscard]] std::unique_ptr<Database> open_sqlite(const std::string& file);

}  // namespace suan
