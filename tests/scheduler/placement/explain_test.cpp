#include "scheduler/placement/explain.h"

#include <gtest/gtest.h>

#include "tests/scheduler/placement/small_network.h"

namespace suan::scheduler {
namespace {

TEST(Reason, NamesSitePartsRunnerUpAndTheBenchmarkRun) {
  SmallNetwork network(2);
  network.replica(1, 1, {.round_trip = 15ms, .run_id = "run-7"});
  network.replica(2, 2, {.round_trip = 5ms, .rates = {.decode_tokens_per_s = 40}});
  const ClusterView view = network.view();
  const RequestFacts request = long_request();

  const auto placed = place(request, view, network.load, kNow, 0);

  ASSERT_TRUE(placed);
  EXPECT_EQ(reason(request, *placed, view),
            "site-1: first token expected after 315 ms (15 ms round trip, 0.0 ms queue, 300 ms "
            "prompt), then 10 ms a token; node-2 at site-2 scores worse by 890 ms, most by "
            "generation; measured by run-7");
}

TEST(Reason, SaysWhyThereWasNoChoice) {
  SmallNetwork network(2);
  network.replica(1, 1).replica(2, 2, {.state = NodeState::Lost});
  const ClusterView view = network.view();
  const RequestFacts request = long_request();

  const auto placed = place(request, view, network.load, kNow, 0);

  ASSERT_TRUE(placed);
  EXPECT_NE(reason(request, *placed, view)
                .find("the only one that may serve; another was refused because its node or "
                      "replica is not ready for work"),
            std::string::npos);
}

TEST(Explanation, TellsEveryCandidateItsRefusalAndItsRuns) {
  SmallNetwork network(3);
  network.replica(1, 1, {.run_id = "run-7"}).replica(2, 2, {.state = NodeState::Lost});
  const ClusterView view = network.view();
  const RequestFacts request = long_request();
  const auto placed = place(request, view, network.load, kNow, 0);
  ASSERT_TRUE(placed);

  const Explanation told = explain(request, *placed, view);

  ASSERT_EQ(told.candidates.size(), 2U);
  EXPECT_EQ(told.candidates[*told.chosen].run_ids, std::vector<std::string>{"run-7"});
  EXPECT_EQ(told.candidates[*told.chosen].estimate_id, 101U);
  EXPECT_EQ(told.candidates[1].refused_rule, "node_ready");
  EXPECT_EQ(told.binding_rule, "node_ready");
  ASSERT_EQ(told.refused_sites.size(), 1U);
  EXPECT_EQ(told.refused_sites[0].site, site_id(3));
  EXPECT_EQ(told.refused_sites[0].rule, "model_served");
}

TEST(Explanation, TellsARefusedRequestWhatWasLookedAt) {
  SmallNetwork network(1);
  network.replica(1, 1);
  network.load.report(ReplicaId(1), busy(16), 0, kNow);
  const ClusterView view = network.view();
  const RequestFacts request = long_request();
  Considered considered;
  const auto placed = place(request, view, network.load, kNow, 0, &considered);
  ASSERT_FALSE(placed);

  const Explanation told = explain(request, considered, placed.error(), view);

  EXPECT_FALSE(told.chosen);
  EXPECT_EQ(told.reason, placed.error().message);
  EXPECT_EQ(told.candidates.at(0).refused_rule, "push_room");
}

}  // namespace
}  // namespace suan::scheduler
