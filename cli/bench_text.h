#pragma once

#include <string>

#include "catalog/types/json.h"

// Heavy: only .cpp files include this header.

namespace suan::cli {

/// `14 of 18 executions: south, execution 5`: where a campaign stands, one line.
[[nodiscard]] std::string bench_progress_line(const Json& run);

/// A campaign's summary for people: per node the medians with their exact intervals.
[[nodiscard]] std::string bench_text(const Json& run);

/// Why a campaign did not complete: its error, or the reason of the first run that failed.
[[nodiscard]] std::string bench_reason(const Json& run);

}  // namespace suan::cli
