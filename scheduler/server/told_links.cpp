#include "scheduler/server/told_links.h"

#include <algorithm>
#include <utility>

#include "catalog/types/text.h"
#include "scheduler/planning/links/link_network.h"

namespace suan::scheduler {

namespace {

// Measured lines to the centre come beside them.
constexpr size_t kToldLinksMax = LinkNetwork::kLinksMax - LinkNetwork::kSitesMax;

constexpr int64_t kRoundTripUsMax = 60'000'000;

template <class Links>
auto find_pair(Links& links, const LinkRow& link) {
  return std::ranges::find_if(links, [&](const LinkRow& known) {
    return std::minmax(known.source, known.destination) ==
           std::minmax(link.source, link.destination);
  });
}

bool is_place(const Catalog& catalog, const std::string& name) {
  return name == kControl || catalog.sites.contains(SiteId(name));
}

}  // namespace

Result<LinkRow> told_link(Arguments& arguments, const Catalog& catalog, WallTime now) {
  LinkRow link{.source = arguments.text("source"),
               .destination = arguments.text("destination"),
               .measured = now};
  const auto round_trip = arguments.integer("rtt_us_p50", 0, kRoundTripUsMax);
  link.rtt_us_p50 = round_trip.value_or(0);
  link.rtt_us_p99 = arguments.integer("rtt_us_p99", link.rtt_us_p50, kRoundTripUsMax)
                        .value_or(link.rtt_us_p50);
  link.bytes_per_s = arguments.integer("bytes_per_s", 0, LinkNetwork::kBytesPerSMax);
  link.price_n_per_gib = arguments.integer("price_n_per_gib", 0, LinkNetwork::kPriceMax);
  if (const auto error = arguments.error()) return forward(*error);
  if (!round_trip) {
    return fail_param(ErrorCode::BadRequest, "rtt_us_p50", "\"rtt_us_p50\" is missing");
  }
  if (link.source == link.destination) {
    return fail_param(ErrorCode::BadRequest, "destination",
                      "a line leads from one place to another, not from {} to itself",
                      printable(link.source, 80));
  }
  for (const char* name : {"source", "destination"}) {
    const std::string& place =
        name == std::string_view("source") ? link.source : link.destination;
    if (is_place(catalog, place)) continue;
    return fail_param(ErrorCode::NotFound, name, "there is no site {}", printable(place, 80));
  }

  if (link.destination < link.source) std::swap(link.source, link.destination);
  const auto known = find_pair(catalog.links, link);
  if (known == catalog.links.end() && catalog.links.size() >= kToldLinksMax) {
    return fail(ErrorCode::Overloaded, "{} lines are told already", catalog.links.size());
  }
  if (known != catalog.links.end()) link.measured = std::max(now, known->measured + 1us);
  return link;
}

void keep_link(Catalog& catalog, const LinkRow& link) {
  const auto known = find_pair(catalog.links, link);
  if (known == catalog.links.end()) {
    catalog.links.push_back(link);
  } else {
    *known = link;
  }
}

}  // namespace suan::scheduler
