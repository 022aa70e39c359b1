#pragma once

#include <string>

#include "catalog/types/json.h"

// Heavy: only .cpp files include this header.

namespace suan::cli {

/// `14 of 18 executions: south, execution 5`: where a campaign stands, one line.
[[nodiscard]] std::string bench_progress_line(const Json& run);

/// A campaign's summary for people: per node the medians with their exact intervals.
[[nodiscard]] std::string bench_text(const Json& run);

}  // namespace suan::cli
