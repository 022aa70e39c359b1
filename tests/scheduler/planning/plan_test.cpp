#include "scheduler/planning/plan.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "scheduler/planning/certify.h"

namespace suan::scheduler {
namespace {

const ModelId kSmall{"small"};
const ModelId kLarge{"large"};

PlanNode node(const std::string& name, const std::string& site, uint64_t memory_bytes = 100) {
  return {.node = NodeId(name),
          .site = SiteId(site),
          .memory_bytes = memory_bytes,
          .models = {kSmall, kLarge}};
}

PlanReplica replica(const std::string& name, const ModelId& model) {
  return {.node = NodeId(name), .model = model};
}

Plan checked_plan(const PlanInput& input) {
  Plan result = plan(input);
  const Certificate certificate = certify(input, result);
  EXPECT_TRUE(certificate.is_valid()) << certificate.faults.front();
  return result;
}

TEST(Plan, PutsOneReplicaOnEachFittingNode) {
  PlanInput input{.nodes = {node("a1", "a"), node("b1", "b"), node("b2", "b", 9)},
                  .deployments = {{.model = kSmall, .memory_bytes = 10}}};
  input.nodes.push_back({.node = NodeId("c1"), .site = SiteId("c"), .memory_bytes = 100});

  const Plan result = checked_plan(input);

  // b2 has too little memory, c1 does not have the model.
  EXPECT_EQ(result.replicas, (std::vector{replica("a1", kSmall), replica("b1", kSmall)}));
  EXPECT_EQ(result.loads, result.replicas);
  EXPECT_EQ(result.cost_moves, 2);
  EXPECT_TRUE(result.shortages.empty());
}

TEST(Plan, SpreadsOverSitesFirst) {
  const PlanInput input{
      .nodes = {node("a1", "a"), node("a2", "a"), node("a3", "a"), node("b1", "b", 50)},
      .deployments = {{.model = kSmall, .memory_bytes = 10, .replicas_max = 2}}};

  EXPECT_EQ(checked_plan(input).replicas,
            (std::vector{replica("a1", kSmall), replica("b1", kSmall)}));
}

TEST(Plan, KeepsReplicasWhereTheyAre) {
  const PlanInput input{
      .nodes = {node("a1", "a"), node("a2", "a"), node("b1", "b")},
      .deployments = {{.model = kSmall, .memory_bytes = 10, .replicas_max = 2}},
      .present = {replica("a2", kSmall), replica("a1", kSmall)}};

  const Plan result = checked_plan(input);

  EXPECT_EQ(result.cost_moves, 0);
  EXPECT_EQ(result.replicas, (std::vector{replica("a1", kSmall), replica("a2", kSmall)}));
}

TEST(Plan, StopsServingWhatNobodyDeploys) {
  const PlanInput input{.nodes = {node("a1", "a")}, .present = {replica("a1", kSmall)}};

  const Plan result = checked_plan(input);

  EXPECT_TRUE(result.replicas.empty());
  EXPECT_EQ(result.unloads, (std::vector{replica("a1", kSmall)}));
}

TEST(Plan, RespectsSitesAndTellsAShortage) {
  const PlanInput input{
      .nodes = {node("a1", "a"), node("b1", "b")},
      .deployments = {
          {.model = kSmall, .memory_bytes = 10, .replicas_max = 3, .sites = {SiteId("b")}}}};

  const Plan result = checked_plan(input);

  EXPECT_EQ(result.replicas, (std::vector{replica("b1", kSmall)}));
  ASSERT_EQ(result.shortages.size(), 1U);
  EXPECT_EQ(result.shortages[0].wanted, 3U);
  EXPECT_EQ(result.shortages[0].placed, 1U);
}

TEST(Plan, NeverPromisesMoreMemoryThanThereIs) {
  const PlanInput input{.nodes = {node("a1", "a", 100), node("b1", "b", 70)},
                        .deployments = {{.model = kLarge, .memory_bytes = 60},
                                        {.model = kSmall, .memory_bytes = 30}}};

  EXPECT_EQ(checked_plan(input).replicas,
            (std::vector{replica("a1", kLarge), replica("a1", kSmall), replica("b1", kLarge)}));
}

TEST(Plan, DoesNotEvictWhatRunsForAnEarlierDeployment) {
  const PlanInput input{.nodes = {node("a1", "a", 70)},
                        .deployments = {{.model = kLarge, .memory_bytes = 60},
                                        {.model = kSmall, .memory_bytes = 30}},
                        .present = {replica("a1", kSmall)}};

  EXPECT_EQ(checked_plan(input).replicas, (std::vector{replica("a1", kSmall)}));
}

TEST(Plan, DoesNotDependOnTheOrderOfNodes) {
  PlanInput input{.nodes = {node("a1", "a"), node("a2", "a"), node("b1", "b"), node("c1", "c")},
                  .deployments = {{.model = kSmall, .memory_bytes = 10, .replicas_max = 3}}};
  const Plan first = checked_plan(input);

  std::ranges::reverse(input.nodes);

  EXPECT_EQ(checked_plan(input).replicas, first.replicas);
}

}  // namespace
}  // namespace suan::scheduler
