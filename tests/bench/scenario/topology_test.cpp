#include "bench/scenario/topology.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/bench/scenario/small_scenario.h"

namespace suan::bench {
namespace {

const NamedText kNodes{"n.csv", "id,label,lat,lon\n5,West,,\n7,East,,\n8,Isle,,\n"};

Result<Topology> with_links(const std::string& rows) {
  return Topology::read(kNodes, {"l.csv", "source,target,fibre_one_way_ms\n" + rows});
}

TEST(Topology, FindsTheShortestPathOfTheRealBackbone) {
  auto cernet = Topology::read({"Cernet_nodes.csv", *shipped_file("Cernet_nodes.csv")},
                               {"Cernet_links.csv", *shipped_file("Cernet_links.csv")});
  ASSERT_TRUE(cernet) << cernet.error();

  const auto beijing = cernet->find(21);
  const auto guangzhou = cernet->find(7);
  ASSERT_TRUE(beijing && guangzhou);

  // By Wuhan: 6.720 + 5.330 ms.
  EXPECT_NEAR(cernet->one_way_ms_from(*beijing)[*guangzhou], 12.050, 1e-9);
}

TEST(Topology, LeavesOutWhatNoPathNeedsAndSaysSo) {
  const auto topology = with_links("5,5,1\n5,7,4\n7,5,3\n7,8,\n");
  ASSERT_TRUE(topology) << topology.error();

  const auto delays = topology->one_way_ms_from(0);

  EXPECT_EQ(delays[1], 3);  // the faster of two
  EXPECT_TRUE(std::isinf(delays[2]));
  ASSERT_EQ(topology->notes().size(), 3U);
  EXPECT_EQ(topology->notes()[0], "l.csv:2: 5 (West) - 5 (West) is a link to itself: left out");
  EXPECT_EQ(topology->notes()[1],
            "l.csv:4: 7 (East) - 5 (West) is there twice: the faster counts");
  EXPECT_EQ(topology->notes()[2], "l.csv:5: 7 (East) - 8 (Isle) has no length: left out");
}

TEST(Topology, NamesALinkThatEndsNowhere) {
  const auto topology = with_links("5,6,1\n");

  ASSERT_FALSE(topology);
  EXPECT_EQ(topology.error().message, "l.csv:2: the link ends at 6, which is no node");
}

TEST(Topology, RefusesADelayThatIsNone) {
  EXPECT_FALSE(with_links("5,7,-1\n"));
  EXPECT_FALSE(with_links("5,7,1e9\n"));
  EXPECT_FALSE(with_links("5,7,nan\n"));
}

TEST(Topology, RefusesANodeThatIsThereTwice) {
  const auto topology = Topology::read({"n.csv", "id,label,lat,lon\n1,A,,\n1,B,,\n"},
                                       {"l.csv", "source,target,fibre_one_way_ms\n"});

  ASSERT_FALSE(topology);
  EXPECT_EQ(topology.error().message, "n.csv:3: node 1 is there twice");
}

TEST(Topology, MeasuresTheGreatCircle) {
  // Beijing to Guangzhou, about 1,890 km.
  EXPECT_NEAR(kilometres_between({39.9075, 116.39723}, {23.11667, 113.25}), 1'890, 20);
}

}  // namespace
}  // namespace suan::bench
