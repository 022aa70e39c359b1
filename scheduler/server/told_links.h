#pragma once

#include <string_view>

#include "catalog/store/node_tables.h"
#include "catalog/types/result.h"
#include "catalog/types/time.h"
#include "scheduler/server/catalog.h"
#include "scheduler/server/command_arguments.h"

namespace suan::scheduler {

/// The centre, as an end of links: where the scheduler and the gateways run.
inline constexpr std::string_view kControl = "control";

/// What an operator says about the line between two places: `source`, `destination`, `rtt_us_p50`;
/// maybe `rtt_us_p99`, `bytes_per_s`, `price_n_per_gib`. A line has no direction, so the lesser
/// name comes first; `measured` is later than that of what was told about the pair before.
///
/// Errors:   BadRequest  a field missing, unknown or out of range; one place twice
///           NotFound    an end that is neither a site nor the centre
///           Overloaded  as many lines as a network may have are told already
[[nodiscard]] Result<LinkRow> told_link(Arguments& arguments,
                                        const Catalog& catalog,
                                        WallTime now);

/// Puts `link` in the place of what was told about its pair before.
void keep_link(Catalog& catalog, const LinkRow& link);

}  // namespace suan::scheduler
