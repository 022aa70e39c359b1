#include "scheduler/planning/demand_plan.h"

#include <gtest/gtest.h>

#include "catalog/types/random.h"
#include "scheduler/planning/certify.h"

namespace suan::scheduler {
namespace {

const ModelId kSmall{"small"};
const ModelId kLarge{"large"};
constexpr int64_t kPaid = 10'000'000;  // pico-yuan per etok: ten times a yuan per million

PlanNode node(const std::string& name, const std::string& site) {
  return {.node = NodeId(name),
          .site = SiteId(site),
          .memory_bytes = 100,
          .models = {kSmall, kLarge},
          .device_class = "cpu",
          .round_trip = 10ms};
}

PlanDemand demand(const ModelId& model, int64_t etok_per_s) {
  return {.model = model, .demand_milli = etok_per_s * 1000, .unmet_p_per_etok = kPaid};
}

/// Three nodes at two sites; each serves 100 etok/s of either model; both deployments follow demand,
/// a replica of the small model needs a tenth of a node's memory, one of the large 80 %.
PlanInput three_nodes() {
  PlanInput input{
      .nodes = {node("a1", "a"), node("b1", "b"), node("b2", "b")},
      .deployments = {{.model = kSmall, .memory_bytes = 10, .follows_demand = true},
                      {.model = kLarge, .memory_bytes = 80, .follows_demand = true}}};
  for (const PlanNode& each : input.nodes) {
    input.speeds.push_back({each.node, kSmall, 100'000});
    input.speeds.push_back({each.node, kLarge, 100'000});
  }
  return input;
}

Plan checked_plan(const PlanInput& input) {
  Plan result = plan(input);
  const Certificate certificate = certify(input, result);
  EXPECT_TRUE(certificate.is_valid()) << certificate.faults.front();
  return result;
}

std::vector<NodeId> nodes_of(const Plan& plan, const ModelId& model) {
  std::vector<NodeId> nodes;
  for (const PlanReplica& replica : plan.replicas) {
    if (replica.model == model) nodes.push_back(replica.node);
  }
  return nodes;
}

uint64_t share_of(const Plan& plan, const ModelId& model, const std::string& site) {
  for (const PlanShare& share : plan.shares) {
    if (share.model == model && share.site == SiteId(site)) return share.share;
  }
  return 0;
}

TEST(DemandPlan, KeepsOneReplicaOfWhatNobodyAsksFor) {
  const Plan result = checked_plan(three_nodes());

  EXPECT_EQ(nodes_of(result, kSmall).size(), 1U);
  EXPECT_EQ(nodes_of(result, kLarge).size(), 1U);
  EXPECT_TRUE(result.shortages.empty());
  EXPECT_TRUE(result.unmet.empty());
}

TEST(DemandPlan, AddsReplicasAsDemandGrows) {
  PlanInput input = three_nodes();
  input.deployments.pop_back();
  input.demands = {demand(kSmall, 230)};

  const Plan result = checked_plan(input);

  EXPECT_EQ(nodes_of(result, kSmall).size(), 3U);
  EXPECT_TRUE(result.unmet.empty());
  // All of it, and the etok for being there.
  EXPECT_NEAR(
      static_cast<double>(share_of(result, kSmall, "a") + share_of(result, kSmall, "b")), 231,
      1);
}

TEST(DemandPlan, LetsSmallModelsShareANode) {
  PlanInput input = three_nodes();
  input.demands = {demand(kSmall, 60), demand(kLarge, 150)};

  const Plan result = checked_plan(input);

  // The large one needs two whole nodes.
  EXPECT_EQ(nodes_of(result, kLarge).size(), 2U);
  EXPECT_EQ(nodes_of(result, kSmall).size(), 1U);
  EXPECT_TRUE(result.unmet.empty());
}

TEST(DemandPlan, SaysWhatItCannotServeAndWhatADeviceMoreWouldBeWorth) {
  PlanInput input = three_nodes();
  input.demands = {demand(kSmall, 500)};

  const Plan result = checked_plan(input);

  ASSERT_EQ(result.unmet.size(), 1U);
  EXPECT_EQ(result.unmet[0].demand_milli, 500'000);
  EXPECT_GE(result.unmet[0].unmet_milli, 299'000);
  ASSERT_EQ(result.pools.size(), 2U);
  // A device more serves 100 etok/s, each worth 10,000 nano-yuan.
  EXPECT_NEAR(static_cast<double>(result.pools[0].n_per_device_s), 1e6, 1e5);
  EXPECT_LE(*result.bound_n_per_s, *result.cost_n_per_s);
}

TEST(DemandPlan, GoesWhereItIsCheaperAndStaysWhereThatSavesTooLittle) {
  PlanInput input = three_nodes();
  input.deployments.pop_back();
  input.demands = {demand(kSmall, 50)};
  input.present = {{NodeId("a1"), kSmall}};
  // Moving costs two seconds of a node's traffic, at a yuan per million, over half an hour.
  input.offers = {{SiteId("a"), kSmall, 2'000}, {SiteId("b"), kSmall, 1'000}};

  const Plan stays = checked_plan(input);
  input.offers[0].p_per_etok = 20'000;
  const Plan goes = checked_plan(input);

  EXPECT_EQ(nodes_of(stays, kSmall), (std::vector{NodeId("a1")}));
  EXPECT_TRUE(stays.loads.empty() && stays.unloads.empty());
  EXPECT_EQ(goes.loads.size(), 1U);
  EXPECT_GE(share_of(goes, kSmall, "b"), 50U);
  EXPECT_LE(share_of(goes, kSmall, "a"), 1U);
}

TEST(DemandPlan, PrefersWhatIsNearForThoseWhoMind) {
  PlanInput input = three_nodes();
  input.deployments.pop_back();
  input.nodes[0].round_trip = 60ms;
  input.demands = {demand(kSmall, 50)};
  input.demands[0].far_p_per_etok_ms = 100'000;

  const Plan result = checked_plan(input);

  ASSERT_EQ(nodes_of(result, kSmall).size(), 1U);
  EXPECT_NE(nodes_of(result, kSmall)[0], NodeId("a1"));
}

TEST(DemandPlan, KeepsWhatIsLoadedUntilOthersNeedTheRoom) {
  PlanInput input = three_nodes();
  input.deployments.pop_back();
  input.present = {{NodeId("a1"), kSmall}, {NodeId("b1"), kSmall}, {NodeId("b2"), kSmall}};

  const Plan keeps = checked_plan(input);
  input.deployments.push_back(three_nodes().deployments[1]);
  input.demands = {demand(kLarge, 150)};
  const Plan gives = checked_plan(input);

  EXPECT_TRUE(keeps.unloads.empty());
  EXPECT_EQ(nodes_of(gives, kSmall).size(), 1U);
  EXPECT_EQ(nodes_of(gives, kLarge).size(), 2U);
}

TEST(DemandPlan, LeavesRoomForDeploymentsWithANumber) {
  PlanInput input = three_nodes();
  input.deployments[1].follows_demand = false;
  input.demands = {demand(kSmall, 500)};

  const Plan result = checked_plan(input);

  EXPECT_EQ(nodes_of(result, kLarge).size(), 3U);
  EXPECT_EQ(nodes_of(result, kSmall).size(), 3U);
}

TEST(DemandPlan, SaysWhyAModelIsNowhere) {
  PlanInput input = three_nodes();
  input.speeds.clear();

  const Plan result = checked_plan(input);

  EXPECT_TRUE(result.replicas.empty());
  ASSERT_EQ(result.shortages.size(), 2U);
  EXPECT_NE(result.shortages[0].reason.find("a known speed"), std::string::npos);
}

TEST(DemandPlan, IsValidWhateverIsAsked) {
  Random random(71);
  const auto below = [&](uint64_t limit) { return static_cast<int64_t>(random.below(limit)); };
  for (int i = 0; i < 300; ++i) {
    PlanInput input;
    const std::vector<ModelId> models{ModelId("m0"), ModelId("m1"), ModelId("m2"),
                                      ModelId("m3")};
    for (int64_t n = below(8); n >= 0; --n) {
      PlanNode added = node("n" + std::to_string(n), "s" + std::to_string(below(3)));
      added.memory_bytes = static_cast<uint64_t>(below(200));
      added.device_class = std::to_string(below(2));
      added.models.clear();
      for (const ModelId& model : models) {
        if (below(3) > 0) added.models.push_back(model);
        if (below(4) > 0) input.speeds.push_back({added.node, model, below(200'000)});
        if (below(4) == 0) input.present.push_back({added.node, model});
      }
      input.nodes.push_back(std::move(added));
    }
    for (const ModelId& model : models) {
      input.deployments.push_back({.model = model,
                                   .memory_bytes = static_cast<uint64_t>(1 + below(120)),
                                   .follows_demand = below(4) > 0});
      for (int64_t cells = below(3); cells > 0; --cells)
        input.demands.push_back(demand(model, below(300)));
    }

    (void)checked_plan(input);
  }
}

}  // namespace
}  // namespace suan::scheduler
