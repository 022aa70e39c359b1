#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/types/id.h"
#include "catalog/types/measurement.h"
#include "catalog/types/time.h"

namespace suan {

/// One benchmark that somebody asked for: many runs.
struct BenchCampaignRow {
  std::string campaign_id;
  std::string name;
  AccountId account;
  std::string spec_json;
  std::string spec_sha256;
  std::string status;  // planned, running, complete, aborted
  std::string summary_json = "{}";
  WallTime created{};
  std::optional<WallTime> ended;

  friend bool operator==(const BenchCampaignRow&, const BenchCampaignRow&) = default;
};

/// One execution of one cell on one node.
struct BenchRunRow {
  std::string run_id;
  std::string campaign_id;
  std::string cell;
  uint32_t execution = 0;
  SiteId site;
  NodeId node;
  ModelId model;
  std::string status;              // intended, started, complete, aborted, timeout
  std::string reason;              // of an abort
  std::vector<std::string> flags;  // validity flags; a flagged run never reaches placement
  std::string seal_sha256;         // empty until sealed
  std::string result_json = "{}";
  WallTime issued{};
  std::optional<WallTime> ended;

  friend bool operator==(const BenchRunRow&, const BenchRunRow&) = default;
};

/// Campaigns, runs, and the measurements that came out of them (or of joining).
///
/// Requires: `database` outlives the object; `migrate` has run.
/// Errors:   throws StoreError
/// Threads:  those of the database.
class BenchTables {
 public:
  explicit BenchTables(Database& database) : database_(database) {}

  /// Inserts the campaign, or updates the status, summary and end of the one of this id.
  void put_campaign(const BenchCampaignRow& campaign);
  /// The newest first.
  [[nodiscard]] std::vector<BenchCampaignRow> campaigns(uint32_t limit);
  [[nodiscard]] std::optional<BenchCampaignRow> campaign_of(const std::string& campaign_id);

  /// Inserts the run, or updates it while it is open (intended, started). False when it was
  /// sealed before: a sealed run never changes.
  bool put_run(const BenchRunRow& run);
  [[nodiscard]] std::vector<BenchRunRow> runs_of(const std::string& campaign_id);
  /// Those without an end, for sealing after a restart.
  [[nodiscard]] std::vector<BenchRunRow> open_runs();

  /// Append-only; a repeat of the same (run, node, model, metric) does nothing.
  void add_measurement(const Measurement& measurement);
  /// The latest for each (node, model, metric, evidence).
  [[nodiscard]] std::vector<Measurement> latest_measurements();
  /// A series in the order of time, the newest `limit` of it.
  [[nodiscard]] std::vector<Measurement> measurements_of(const NodeId& node, uint32_t limit);

 private:
  Database& database_;
};

}  // namespace suan
