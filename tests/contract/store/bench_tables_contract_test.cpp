// Campaigns, runs and measurements on every Database.

#include <gtest/gtest.h>

#include "catalog/store/bench_tables.h"
#include "tests/contract/store/store_contract.h"
#include "tests/support/rows.h"

namespace suan {
namespace {

using testing::kNoon;
using testing::StoreContract;

using BenchTablesContract = StoreContract;
INSTANTIATE_EACH_STORE(BenchTablesContract);

BenchCampaignRow campaign_row() {
  BenchCampaignRow campaign;
  campaign.campaign_id = "c1";
  campaign.name = "demo";
  campaign.account = AccountId("admin");
  campaign.spec_json = "{}";
  campaign.status = "running";
  campaign.created = kNoon;
  return campaign;
}

BenchRunRow run_row() {
  BenchRunRow run;
  run.run_id = "r1";
  run.campaign_id = "c1";
  run.cell = "serve.single";
  run.execution = 2;
  run.site = SiteId("beijing");
  run.node = NodeId("beijing-1");
  run.model = ModelId("stories-moe");
  run.status = "intended";
  run.issued = kNoon;
  return run;
}

TEST_P(BenchTablesContract, FollowsACampaignToItsEnd) {
  BenchTables tables(database());
  auto campaign = campaign_row();
  tables.put_campaign(campaign);
  campaign.status = "complete";
  campaign.ended = kNoon + 1min;

  tables.put_campaign(campaign);

  EXPECT_EQ(tables.campaign_of("c1"), campaign);
  EXPECT_EQ(tables.campaigns(10), std::vector<BenchCampaignRow>{campaign});
  EXPECT_EQ(tables.campaign_of("c2"), std::nullopt);
}

TEST_P(BenchTablesContract, I5_NeverChangesASealedRun) {
  BenchTables tables(database());
  tables.put_campaign(campaign_row());
  auto run = run_row();
  ASSERT_TRUE(tables.put_run(run));
  EXPECT_EQ(tables.open_runs().size(), 1U);
  run.status = "complete";
  run.flags = {"errors", "host_noise"};
  run.ended = kNoon + 1s;
  ASSERT_TRUE(tables.put_run(run));

  auto altered = run;
  altered.flags.clear();

  EXPECT_FALSE(tables.put_run(altered));
  EXPECT_EQ(tables.runs_of("c1"), std::vector<BenchRunRow>{run});
  EXPECT_TRUE(tables.open_runs().empty());
}

Measurement measured(const std::string& run, double value, WallTime at) {
  Measurement measurement;
  measurement.run_id = run;
  measurement.site = SiteId("beijing");
  measurement.node = NodeId("beijing-1");
  measurement.model = ModelId("stories-moe");
  measurement.metric = Metric::DecodeTokensPerSecond;
  measurement.value = value;
  measurement.low = value - 1;
  measurement.log_sd = 0.1;
  measurement.evidence = Evidence::Serving;
  measurement.at = at;
  return measurement;
}

TEST_P(BenchTablesContract, GivesTheLatestMeasurementOfEachKindOfEvidence) {
  BenchTables tables(database());
  tables.add_measurement(measured("r1", 100, kNoon));
  tables.add_measurement(measured("r2", 120, kNoon + 1min));
  tables.add_measurement(measured("r2", 999, kNoon + 2min));  // a repeat of the run: ignored
  auto at_joining = measured("join:beijing-1:boot", 80, kNoon - 1min);
  at_joining.evidence = Evidence::Micro;
  tables.add_measurement(at_joining);

  const auto latest = tables.latest_measurements();

  ASSERT_EQ(latest.size(), 2U);
  EXPECT_EQ(latest[0].evidence, Evidence::Micro);
  EXPECT_EQ(latest[0].value, 80);
  EXPECT_EQ(latest[1].run_id, "r2");
  EXPECT_EQ(latest[1].value, 120);
  EXPECT_EQ(latest[1].low, 119);
  EXPECT_EQ(latest[1].high, std::nullopt);
}

TEST_P(BenchTablesContract, GivesTheNewestEndOfASeriesInOrder) {
  BenchTables tables(database());
  for (int i = 0; i < 5; ++i) {
    tables.add_measurement(measured("r" + std::to_string(i), 100 + i, kNoon + i * 1min));
  }

  const auto series = tables.measurements_of(NodeId("beijing-1"), 3);

  ASSERT_EQ(series.size(), 3U);
  EXPECT_EQ(series.front().value, 102);
  EXPECT_EQ(series.back().value, 104);
}

}  // namespace
}  // namespace suan
