#include "scheduler/placement/site_graph.h"

#include <gtest/gtest.h>

#include "scheduler/placement/roofline.h"

namespace suan::scheduler {
namespace {

const SiteId kBeijing{"beijing"};
const SiteId kWuhan{"wuhan"};
const SiteId kGuangzhou{"guangzhou"};
const SiteId kIsland{"island"};

SiteGraph three_cities() {
  SiteGraph graph;
  graph.add_link(kBeijing, kWuhan, 6ms);
  graph.add_link(kWuhan, kGuangzhou, 5ms);
  graph.add_link(kBeijing, kGuangzhou, 20ms);
  graph.add_site(kIsland);
  return graph;
}

TEST(SiteGraph, AddsUpTheShortestWayThereAndBack) {
  const SiteGraph graph = three_cities();

  const auto round_trips = graph.round_trips_from(kBeijing);

  EXPECT_EQ(round_trips.at(kBeijing), 0ms);
  EXPECT_EQ(round_trips.at(kWuhan), 12ms);
  EXPECT_EQ(round_trips.at(kGuangzhou), 22ms);
  EXPECT_FALSE(round_trips.contains(kIsland));
}

TEST(SiteGraph, PrefersWhatWasMeasured) {
  SiteGraph graph = three_cities();
  graph.set_measured(kGuangzhou, kBeijing, 25ms);
  graph.set_measured(kIsland, kBeijing, 90ms);

  EXPECT_EQ(graph.round_trip(kBeijing, kGuangzhou), 25ms);
  EXPECT_EQ(graph.round_trip(kGuangzhou, kBeijing), 25ms);
  EXPECT_EQ(graph.round_trip(kBeijing, kIsland), 90ms);
}

TEST(SiteGraph, KnowsNoWayToAnUnknownSite) {
  EXPECT_FALSE(three_cities().round_trip(kBeijing, SiteId("mars")));
  EXPECT_TRUE(three_cities().round_trips_from(SiteId("mars")).empty());
}

TEST(Roofline, BoundsDecodingByMemoryAndPrefillByMultiplication) {
  const Roofline bound = roofline({.memory_read_gb_s = 896, .matrix_gflop_s = 1000},
                                  {.weight_bytes = 7.6e9, .flop = 2e9});

  EXPECT_NEAR(bound.decode_tokens_per_s, 117.9, 0.05);
  EXPECT_NEAR(bound.prefill_tokens_per_s, 500, 1e-9);
  EXPECT_FALSE(is_beyond_roofline(120, bound, 7.6e9, 64e6));
  EXPECT_TRUE(is_beyond_roofline(121, bound, 7.6e9, 64e6));
  EXPECT_FALSE(is_beyond_roofline(1e6, bound, 7.6e6, 32e6));  // lives in the cache
}

TEST(Roofline, CountsTheExpertsThatABatchReads) {
  EXPECT_NEAR(distinct_experts(64, 6, 1), 6, 1e-9);
  EXPECT_NEAR(distinct_experts(64, 6, 8), 34.9, 0.05);
  EXPECT_NEAR(distinct_experts(64, 6, 64), 63.9, 0.05);
}

}  // namespace
}  // namespace suan::scheduler
