#include "bench/scenario/sites_file.h"

#include <algorithm>

#include "catalog/types/text.h"

namespace suan::bench {
namespace {

constexpr size_t kListedSitesMax = 10'000;

}  // namespace

Result<std::vector<ListedSite>> read_sites(NamedText file) {
  auto table = CsvTable::read(std::move(file), {"site_id", "name_en", "province_en", "lat",
                                                "lon", "nearest_cernet_node"});
  if (!table) return forward(table.error());
  if (table->rows() > kListedSitesMax)
    return fail(ErrorCode::BadRequest, "more than {} sites", kListedSitesMax);
  std::vector<ListedSite> sites;
  for (size_t row = 0; row < table->rows() && !table->error(); ++row) {
    const std::string id(table->cell(row, 0));
    if (!is_valid_name(id)) table->complain(row, printable(id, 40) + " is no name of a site");
    const auto is_same = [&](const ListedSite& each) { return each.site.site.value() == id; };
    if (std::ranges::any_of(sites, is_same)) table->complain(row, id + " is there twice");
    ListedSite& added = sites.emplace_back();
    added.site = {.site = SiteId(id),
                  .name = printable(table->cell(row, 1)),
                  .region = printable(table->cell(row, 2)),
                  .latitude = table->number(row, 3, -90, 90),
                  .longitude = table->number(row, 4, -180, 180)};
    added.topology_node = table->whole(row, 5, 0, 1'000'000);
  }
  if (table->error()) return forward(*table->error());
  return sites;
}

}  // namespace suan::bench
