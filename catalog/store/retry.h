#pragma once

#include <functional>

#include "catalog/types/time.h"

namespace suan {

/// Times that a transaction is repeated after a transient error.
inline constexpr int kRetriesMax = 5;

/// Runs `attempt`; after a transient StoreError again, up to kRetriesMax times, each time after a
/// longer pause (2.1 s in all: a PostgreSQL that was killed is usually back by then). The
/// last error is thrown.
void retry_transient(const std::function<void()>& attempt);

}  // namespace suan
