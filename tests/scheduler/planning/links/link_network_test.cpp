#include "scheduler/planning/links/link_network.h"

#include <gtest/gtest.h>

#include "scheduler/planning/links/bottleneck.h"
#include "scheduler/planning/links/components.h"
#include "scheduler/planning/links/cut_points.h"
#include "scheduler/planning/links/paths.h"

namespace suan::scheduler {
namespace {

const SiteId kWuhan("wuhan");
const SiteId kBeijing("beijing");

std::string refusal_of(const std::vector<SiteId>& sites, const std::vector<ToldLink>& links) {
  const auto network = LinkNetwork::make(sites, links);
  return network ? "accepted" : network.error().message;
}

TEST(LinkNetwork, KnowsSitesByTheirPlacesInTheList) {
  const auto network = LinkNetwork::make({kWuhan, kBeijing}, {{kBeijing, kWuhan, 6ms, 100, 7}});

  ASSERT_TRUE(network) << network.error();
  EXPECT_EQ(network->number_of(kWuhan), 0U);
  EXPECT_EQ(network->number_of(kBeijing), 1U);
  EXPECT_EQ(network->number_of(SiteId("lhasa")), std::nullopt);
  EXPECT_EQ(network->links().at(0).a, 1U);
  EXPECT_EQ(network->links().at(0).b, 0U);
  EXPECT_EQ(network->links().at(0).price_n_per_gib, 7);
}

TEST(LinkNetwork, RefusesWhatIsNoNetworkInASentence) {
  const std::vector<SiteId> both{kWuhan, kBeijing};
  const auto refused = [&](const ToldLink& link) { return refusal_of(both, {link}); };

  EXPECT_EQ(refusal_of({kWuhan, kWuhan}, {}), "the site wuhan is listed twice");
  EXPECT_EQ(refused({kWuhan, SiteId("lhasa\n")}),
            "a link leads to lhasa\\x0a, which is no site of the network");
  EXPECT_EQ(refused({kWuhan, kBeijing, -1us}),
            "the link wuhan - beijing has a delay in us of -1, which is not within 0 to "
            "3600000000");
  EXPECT_NE(refused({kWuhan, kBeijing, 61min}), "accepted");
  EXPECT_NE(refused({kWuhan, kBeijing, 1ms, -1}), "accepted");
  EXPECT_NE(refused({kWuhan, kBeijing, 1ms, INT64_MAX}), "accepted");
  EXPECT_NE(refused({kWuhan, kBeijing, 1ms, 1, -1}), "accepted");
  EXPECT_NE(refused({kWuhan, kBeijing, 1ms, 1, INT64_MAX}), "accepted");
  EXPECT_EQ(refused({kWuhan, kBeijing, 1h, LinkNetwork::kBytesPerSMax, 0}), "accepted");
}

TEST(LinkNetwork, RefusesMoreSitesOrLinksThanItsLimits) {
  std::vector<SiteId> sites;
  for (size_t i = 0; i <= LinkNetwork::kSitesMax; ++i)
    sites.emplace_back(std::to_string(i));
  const std::vector<ToldLink> links(LinkNetwork::kLinksMax + 1, {kWuhan, kBeijing});

  EXPECT_EQ(refusal_of(sites, {}),
            "258 sites and 0 links are more than the 257 and 10000 that a network may have");
  EXPECT_NE(refusal_of({kWuhan, kBeijing}, links), "accepted");
}

TEST(LinkNetwork, WithoutSitesHasNoParts) {
  const LinkNetwork nothing;

  EXPECT_TRUE(components(nothing).empty());
  EXPECT_TRUE(cut_points(nothing).bridges.empty());
  EXPECT_TRUE(cut_points(nothing).sites.empty());
}

// 257 sites, the greatest number of links, all of the greatest capacity and delay.
TEST(LinkNetwork, AtItsLimitsNothingOverflows) {
  std::vector<SiteId> sites;
  for (size_t i = 0; i < LinkNetwork::kSitesMax; ++i)
    sites.emplace_back(std::to_string(i));
  std::vector<ToldLink> links;
  for (size_t i = 0; i < LinkNetwork::kLinksMax; ++i) {
    const bool is_chain = i + 1 < sites.size();
    links.push_back({sites[is_chain ? i : 255], sites[is_chain ? i + 1 : 256],
                     LinkNetwork::kOneWayMax, LinkNetwork::kBytesPerSMax});
  }
  const LinkNetwork network = LinkNetwork::make(sites, links).value();

  const auto path = widest_path(network, 0, 256);
  const Bottleneck end = bottleneck(network, {255}, {256});

  ASSERT_TRUE(path);
  EXPECT_EQ(path->one_way, 256h);
  EXPECT_EQ(end.bytes_per_s(), (10'000 - 255) * LinkNetwork::kBytesPerSMax);
  EXPECT_EQ(end.cut.size(), 10'000U - 255U);
  EXPECT_EQ(cut_points(network).bridges.size(), 255U);
  EXPECT_EQ(cut_points(network).sites.size(), 255U);
}

}  // namespace
}  // namespace suan::scheduler
