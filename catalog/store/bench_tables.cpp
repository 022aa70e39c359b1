#include "catalog/store/bench_tables.h"

#include <algorithm>

#include "catalog/store/row_reader.h"
#include "catalog/store/text_list.h"

namespace suan {
namespace {

constexpr std::string_view kPutCampaign = R"sql(
  INSERT INTO bench_campaign (campaign_id, name, account_id, spec_json, spec_sha256, status,
    summary_json, created_us, ended_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (campaign_id) DO UPDATE SET status = excluded.status,
    summary_json = excluded.summary_json, ended_us = excluded.ended_us)sql";

constexpr std::string_view kCampaigns = R"sql(
  SELECT campaign_id, name, account_id, spec_json, spec_sha256, status, summary_json,
    created_us, ended_us
  FROM bench_campaign ORDER BY created_us DESC, campaign_id DESC LIMIT $1)sql";

constexpr std::string_view kCampaign = R"sql(
  SELECT campaign_id, name, account_id, spec_json, spec_sha256, status, summary_json,
    created_us, ended_us
  FROM bench_campaign WHERE campaign_id = $1)sql";

constexpr std::string_view kPutRun = R"sql(
  INSERT INTO bench_run (run_id, campaign_id, cell, execution, site_id, node_id, model_id,
    status, reason, flags, seal_sha256, result_json, issued_us, ended_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
  ON CONFLICT (run_id) DO UPDATE SET status = excluded.status, reason = excluded.reason,
    flags = excluded.flags, seal_sha256 = excluded.seal_sha256,
    result_json = excluded.result_json, ended_us = excluded.ended_us
  WHERE bench_run.ended_us IS NULL RETURNING run_id)sql";

constexpr std::string_view kRunsOf = R"sql(
  SELECT run_id, campaign_id, cell, execution, site_id, node_id, model_id, status, reason,
    flags, seal_sha256, result_json, issued_us, ended_us
  FROM bench_run WHERE campaign_id = $1 ORDER BY issued_us, run_id)sql";

constexpr std::string_view kOpenRuns = R"sql(
  SELECT run_id, campaign_id, cell, execution, site_id, node_id, model_id, status, reason,
    flags, seal_sha256, result_json, issued_us, ended_us
  FROM bench_run WHERE ended_us IS NULL ORDER BY issued_us, run_id)sql";

constexpr std::string_view kAddMeasurement = R"sql(
  INSERT INTO measurement (run_id, node_id, model_id, metric, site_id, value, low, high,
    log_sd, evidence, at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING)sql";

// Of equal times the greater run id, so that the answer is one row on every database.
constexpr std::string_view kLatestMeasurements = R"sql(
  SELECT run_id, node_id, model_id, metric, site_id, value, low, high, log_sd, evidence, at_us
  FROM (SELECT run_id, node_id, model_id, metric, site_id, value, low, high, log_sd, evidence,
      at_us, ROW_NUMBER() OVER (PARTITION BY node_id, model_id, metric, evidence
        ORDER BY at_us DESC, run_id DESC) AS place
    FROM measurement) AS ranked
  WHERE place = 1 ORDER BY node_id, model_id, metric, evidence)sql";

constexpr std::string_view kMeasurementsOf = R"sql(
  SELECT run_id, node_id, model_id, metric, site_id, value, low, high, log_sd, evidence, at_us
  FROM measurement WHERE node_id = $1
  ORDER BY at_us DESC, run_id DESC, model_id DESC, metric DESC LIMIT $2)sql";

BenchCampaignRow campaign_row(RowReader& row) {
  BenchCampaignRow campaign;
  campaign.campaign_id = row.text();
  campaign.name = row.text();
  campaign.account = row.id<AccountId>();
  campaign.spec_json = row.text();
  campaign.spec_sha256 = row.text();
  campaign.status = row.text();
  campaign.summary_json = row.text();
  campaign.created = row.time();
  campaign.ended = row.optional_time();
  return campaign;
}

BenchRunRow run_row(RowReader& row) {
  BenchRunRow run;
  run.run_id = row.text();
  run.campaign_id = row.text();
  run.cell = row.text();
  run.execution = row.u32();
  run.site = row.id<SiteId>();
  run.node = row.id<NodeId>();
  run.model = row.id<ModelId>();
  run.status = row.text();
  run.reason = row.text();
  run.flags = split_names(row.text());
  run.seal_sha256 = row.text();
  run.result_json = row.text();
  run.issued = row.time();
  run.ended = row.optional_time();
  return run;
}

Measurement measurement_row(RowReader& row) {
  Measurement measurement;
  measurement.run_id = row.text();
  measurement.node = row.id<NodeId>();
  measurement.model = row.id<ModelId>();
  measurement.metric = row.named(metric_of);
  measurement.site = row.id<SiteId>();
  measurement.value = row.number();
  measurement.low = row.optional_number();
  measurement.high = row.optional_number();
  measurement.log_sd = row.number();
  measurement.evidence = row.named(evidence_of);
  measurement.at = row.time();
  return measurement;
}

}  // namespace

void BenchTables::put_campaign(const BenchCampaignRow& campaign) {
  database_.execute(kPutCampaign,
                    {campaign.campaign_id, campaign.name, campaign.account.value(),
                     campaign.spec_json, campaign.spec_sha256, campaign.status,
                     campaign.summary_json, to_us(campaign.created), nullable(campaign.ended)});
}

std::vector<BenchCampaignRow> BenchTables::campaigns(uint32_t limit) {
  return read_all(database_.execute(kCampaigns, {int64_t{limit}}), campaign_row);
}

std::optional<BenchCampaignRow> BenchTables::campaign_of(const std::string& campaign_id) {
  return read_one(database_.execute(kCampaign, {campaign_id}), campaign_row);
}

bool BenchTables::put_run(const BenchRunRow& run) {
  const auto changed = database_.execute(
      kPutRun,
      {run.run_id, run.campaign_id, run.cell, int64_t{run.execution}, run.site.value(),
       run.node.value(), run.model.value(), run.status, run.reason, join_names(run.flags),
       run.seal_sha256, run.result_json, to_us(run.issued), nullable(run.ended)});
  return !changed.empty();
}

std::vector<BenchRunRow> BenchTables::runs_of(const std::string& campaign_id) {
  return read_all(database_.execute(kRunsOf, {campaign_id}), run_row);
}

std::vector<BenchRunRow> BenchTables::open_runs() {
  return read_all(database_.execute(kOpenRuns), run_row);
}

void BenchTables::add_measurement(const Measurement& measurement) {
  database_.execute(
      kAddMeasurement,
      {measurement.run_id, measurement.node.value(), measurement.model.value(),
       sql_text(to_string(measurement.metric)), measurement.site.value(), measurement.value,
       nullable(measurement.low), nullable(measurement.high), measurement.log_sd,
       sql_text(to_string(measurement.evidence)), to_us(measurement.at)});
}

std::vector<Measurement> BenchTables::latest_measurements() {
  return read_all(database_.execute(kLatestMeasurements), measurement_row);
}

std::vector<Measurement> BenchTables::measurements_of(const NodeId& node, uint32_t limit) {
  auto newest_first = read_all(
      database_.execute(kMeasurementsOf, {node.value(), int64_t{limit}}), measurement_row);
  std::reverse(newest_first.begin(), newest_first.end());
  return newest_first;
}

}  // namespace suan
