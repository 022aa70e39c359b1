#include "scheduler/planning/certify.h"

#include <gtest/gtest.h>

namespace suan::scheduler {
namespace {

const ModelId kModel{"stories-moe"};
const PlanReplica kHere{.node = NodeId("a1"), .model = kModel};

PlanInput one_node() {
  return {.nodes = {{.node = NodeId("a1"),
                     .site = SiteId("a"),
                     .memory_bytes = 100,
                     .models = {kModel}}},
          .deployments = {{.model = kModel, .memory_bytes = 60, .replicas_max = 1}}};
}

Plan good_plan() {
  return {.replicas = {kHere},
          .loads = {kHere},
          .shares = {{.model = kModel, .site = SiteId("a"), .share = 1}},
          .cost_moves = 1};
}

/// The only fault that `spoil` causes.
std::string fault_after(void (*spoil)(PlanInput&, Plan&)) {
  PlanInput input = one_node();
  Plan plan = good_plan();
  spoil(input, plan);
  const Certificate certificate = certify(input, plan);
  return certificate.is_valid() ? "" : certificate.faults.front();
}

TEST(Certify, PassesAGoodPlan) {
  EXPECT_EQ(fault_after([](PlanInput&, Plan&) {}), "");
}

TEST(Certify, FindsUnknownNodesModelsAndForbiddenSites) {
  EXPECT_EQ(fault_after([](PlanInput& input, Plan&) { input.nodes.clear(); }),
            "there is no node a1");
  EXPECT_EQ(fault_after([](PlanInput& input, Plan&) { input.nodes[0].models.clear(); }),
            "node a1 does not have model stories-moe");
  EXPECT_EQ(fault_after([](PlanInput& input, Plan&) { input.deployments.clear(); }),
            "nobody deployed model stories-moe");
  EXPECT_EQ(
      fault_after([](PlanInput& input, Plan&) { input.deployments[0].sites = {SiteId("b")}; }),
      "model stories-moe may not run at site a");
}

TEST(Certify, FindsPromisedMemoryThatIsNotThere) {
  EXPECT_EQ(fault_after([](PlanInput& input, Plan&) { input.nodes[0].memory_bytes = 59; }),
            "node a1 is promised more than its 59 bytes");
  EXPECT_EQ(fault_after([](PlanInput& input, Plan& plan) {
              input.deployments[0].replicas_max.reset();
              plan.replicas.push_back(kHere);
            }),
            "model stories-moe stands twice on node a1");
}

TEST(Certify, FindsMoreReplicasThanAsked) {
  EXPECT_EQ(fault_after([](PlanInput& input, Plan&) { input.deployments[0].replicas_max = 0; }),
            "model stories-moe has 1 replicas, at most 0 are asked for");
}

TEST(Certify, FindsMovesThatDoNotLeadToThePlan) {
  EXPECT_EQ(fault_after([](PlanInput&, Plan& plan) {
              plan.loads.clear();
              plan.cost_moves = 0;
            }),
            "its moves do not lead from what is present to what is planned");
  EXPECT_EQ(fault_after([](PlanInput&, Plan& plan) { plan.unloads = {kHere}; }),
            "unloads model stories-moe from node a1, where it is not");
  EXPECT_EQ(fault_after([](PlanInput&, Plan& plan) { plan.cost_moves = 7; }),
            "its cost is 7, but it makes 1 moves");
  EXPECT_EQ(fault_after([](PlanInput&, Plan& plan) { plan.faults = {"its bound is false"}; }),
            "its bound is false");
}

TEST(Certify, FindsTrafficWithoutReplicasAndReplicasWithoutTraffic) {
  EXPECT_EQ(fault_after([](PlanInput&, Plan& plan) { plan.shares[0].site = SiteId("b"); }),
            "model stories-moe gets traffic at site b without a replica there, or twice");
  EXPECT_EQ(fault_after([](PlanInput&, Plan& plan) { plan.shares.clear(); }),
            "model stories-moe gets no traffic at site a for its replicas");
}

}  // namespace
}  // namespace suan::scheduler
