#include "scheduler/planning/links/link_network.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "catalog/types/text.h"

namespace suan::scheduler {
namespace {

constexpr size_t kNameShown = 80;

/// Nothing: the link is fine.
std::optional<Error> mistake_of(const ToldLink& link) {
  const auto wrong = [&](const char* what, int64_t told, int64_t most) {
    return Error{ErrorCode::BadRequest,
                 fmt::format("the link {} - {} has a {} of {}, which is not within 0 to {}",
                             printable(link.a.value(), kNameShown),
                             printable(link.b.value(), kNameShown), what, told, most)};
  };
  const int64_t one_way_us = link.one_way.count();
  const int64_t capacity = link.bytes_per_s.value_or(0);
  const int64_t price = link.price_n_per_gib.value_or(0);
  if (one_way_us < 0 || link.one_way > LinkNetwork::kOneWayMax) {
    return wrong("delay in us", one_way_us, LinkNetwork::kOneWayMax / 1us);
  }
  if (capacity < 0 || capacity > LinkNetwork::kBytesPerSMax) {
    return wrong("capacity in bytes/s", capacity, LinkNetwork::kBytesPerSMax);
  }
  if (price < 0 || price > LinkNetwork::kPriceMax) {
    return wrong("price in nano-yuan per GiB", price, LinkNetwork::kPriceMax);
  }
  return std::nullopt;
}

}  // namespace

Result<LinkNetwork> LinkNetwork::make(std::vector<SiteId> sites,
                                      const std::vector<ToldLink>& links) {
  if (sites.size() > kSitesMax || links.size() > kLinksMax) {
    return fail(ErrorCode::BadRequest,
                "{} sites and {} links are more than the {} and {} that a network may have",
                sites.size(), links.size(), kSitesMax, kLinksMax);
  }
  LinkNetwork network;
  network.sites_ = std::move(sites);
  network.by_name_.resize(network.sites_.size());
  std::iota(network.by_name_.begin(), network.by_name_.end(), 0U);
  const auto name_of = [&](uint32_t number) -> const SiteId& { return network.sites_[number]; };
  std::ranges::sort(network.by_name_, {}, name_of);
  const auto twin = std::ranges::adjacent_find(network.by_name_, {}, name_of);
  if (twin != network.by_name_.end()) {
    return fail(ErrorCode::BadRequest, "the site {} is listed twice",
                printable(name_of(*twin).value(), kNameShown));
  }

  for (const ToldLink& link : links) {
    if (const auto mistake = mistake_of(link)) return forward(*mistake);
    const auto a = network.number_of(link.a);
    const auto b = network.number_of(link.b);
    if (!a || !b) {
      return fail(ErrorCode::BadRequest, "a link leads to {}, which is no site of the network",
                  printable((a ? link.b : link.a).value(), kNameShown));
    }
    network.links_.push_back({*a, *b, link.one_way, link.bytes_per_s, link.price_n_per_gib});
  }
  return network;
}

std::optional<uint32_t> LinkNetwork::number_of(const SiteId& site) const {
  const auto name_of = [&](uint32_t number) -> const SiteId& { return sites_[number]; };
  const auto found = std::ranges::lower_bound(by_name_, site, {}, name_of);
  if (found == by_name_.end() || sites_[*found] != site) return std::nullopt;
  return *found;
}

}  // namespace suan::scheduler
