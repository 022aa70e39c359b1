#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/scenario/csv.h"
#include "catalog/types/result.h"
#include "catalog/types/site.h"

namespace suan::bench {

/// A compute centre of a sites file, and where it meets the backbone.
struct ListedSite {
  Site site;
  uint32_t topology_node = 0;  // id in the topology's file
};

/// Reads `site_id,name_en,province_en,lat,lon,nearest_cernet_node`; the province is the region.
///
/// Errors:   BadRequest  file, line and what must hold
[[nodiscard]] Result<std::vector<ListedSite>> read_sites(NamedText file);

}  // namespace suan::bench
