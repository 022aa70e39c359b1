// Models, deployments, replicas and epochs on every Database.

#include <gtest/gtest.h>

#include "catalog/store/fence_table.h"
#include "catalog/store/model_tables.h"
#include "catalog/store/node_tables.h"
#include "tests/contract/store/store_contract.h"
#include "tests/support/rows.h"

namespace suan {
namespace {

using testing::kNoon;
using testing::StoreContract;

using ModelTablesContract = StoreContract;
INSTANTIATE_EACH_STORE(ModelTablesContract);

TEST_P(ModelTablesContract, KeepsWhatIsKnownOfAModel) {
  ModelTables tables(database());
  DepotModel model;
  model.model = ModelId("stories-moe");
  model.digest = std::string(64, 'a');
  model.weight_bytes = 5'000'000'000;
  model.vocabulary = 512;
  tables.put_model(model, kNoon);
  model.has_chat_template = true;

  tables.put_model(model, kNoon + 1h);

  ASSERT_EQ(tables.models().size(), 1U);
  EXPECT_EQ(tables.models()[0].weight_bytes, 5'000'000'000U);
  EXPECT_TRUE(tables.models()[0].has_chat_template);
}

NodeRow beijing_node() {
  NodeRow node;
  node.node = NodeId("beijing-1");
  node.site = SiteId("beijing");
  node.curve_public_z85 = std::string(40, 'k');
  return node;
}

DeploymentRow deployment_row() {
  DeploymentRow deployment;
  deployment.deployment_id = "d1";
  deployment.model = ModelId("stories-moe");
  deployment.replicas = 3;
  deployment.sites = {SiteId("beijing"), SiteId("shanghai")};
  deployment.created = kNoon;
  return deployment;
}

TEST_P(ModelTablesContract, ListsDeploymentsUntilTheyAreRetired) {
  ModelTables tables(database());
  tables.put_deployment(deployment_row());
  EXPECT_EQ(tables.deployments(), std::vector<DeploymentRow>{deployment_row()});

  tables.retire(ModelId("stories-moe"));

  EXPECT_TRUE(tables.deployments().empty());
}

TEST_P(ModelTablesContract, I3_IgnoresAReplicaOfASmallerLeaseEpoch) {
  NodeTables nodes(database());
  nodes.put_site(Site{SiteId("beijing"), "", "", 0, 0});
  ASSERT_TRUE(nodes.insert_node(beijing_node()));
  ModelTables tables(database());
  tables.put_deployment(deployment_row());
  const ReplicaRow granted{ReplicaId(7),           "d1", NodeId("beijing-1"),
                           ModelId("stories-moe"), 20,   ReplicaState::Ready};
  tables.put_replica(granted);
  auto late = granted;
  late.lease_epoch = 19;
  late.state = ReplicaState::Failed;

  tables.put_replica(late);
  EXPECT_EQ(tables.replicas(), std::vector<ReplicaRow>{granted});

  tables.remove_replica(ReplicaId(7));
  EXPECT_TRUE(tables.replicas().empty());
}

TEST_P(ModelTablesContract, NeverGivesAnEpochTwice) {
  FenceTable fence(database());

  const auto first = fence.raise_ceiling(10'000);
  const auto second = fence.raise_ceiling(1);
  const auto huge = fence.raise_ceiling(uint64_t{1} << 40);

  EXPECT_EQ(first.first, 1U);
  EXPECT_EQ(first.ceiling, 10'001U);
  EXPECT_EQ(second.first, first.ceiling);
  EXPECT_EQ(huge.first, second.ceiling);
  EXPECT_EQ(huge.ceiling - huge.first, uint64_t{1} << 40);
}

}  // namespace
}  // namespace suan
