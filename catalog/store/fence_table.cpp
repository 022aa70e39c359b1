#include "catalog/store/fence_table.h"

#include <cassert>

namespace suan {
namespace {

// One statement: it commits by itself, or with the job around it.
constexpr std::string_view kRaise = R"sql(
  INSERT INTO fence (name, ceiling) VALUES ('epoch', 1 + CAST($1 AS BIGINT))
  ON CONFLICT (name) DO UPDATE SET ceiling = fence.ceiling + CAST($1 AS BIGINT)
  RETURNING ceiling)sql";

}  // namespace

EpochRange FenceTable::raise_ceiling(uint64_t n) {
  assert(n > 0);
  const auto rows = database_.execute(kRaise, {static_cast<int64_t>(n)});
  const auto ceiling = static_cast<uint64_t>(as_int(rows.at(0).at(0)));
  return EpochRange{ceiling - n, ceiling};
}

}  // namespace suan
