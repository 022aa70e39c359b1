#include "bench/campaign.h"
#include "bench/stats/interval.h"
#include "bench/stats/quantile.h"
#include "catalog/types/json.h"

namespace suan::bench {

namespace {

/// All sealed runs of one cell on one node.
using Group = std::vector<const SealedRun*>;

Json json_of(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

Json over_executions(const Group& runs, std::optional<double> RunSummary::*metric) {
  std::vector<double> values;
  for (const SealedRun* run : runs) {
    if (const auto& value = run->summary.*metric; run->is_valid() && value) {
      values.push_back(*value);
    }
  }
  if (values.empty()) {
    return nullptr;
  }
  const std::vector<double> ascending = sorted(values);
  const RankInterval interval = quantile_interval(ascending, 0.5);
  return {{"value", quantile_type7(ascending, 0.5)},
          {"low", json_of(interval.low)},
          {"high", json_of(interval.high)},
          {"coverage", interval.coverage},
          {"executions", values.size()}};
}

Json json_of(const BenchNode& node, const Group& runs) {
  uint32_t valid = 0;
  uint32_t requests = 0;
  uint32_t ok = 0;
  double attainment = 0;
  Json flags = Json::object();
  Json run_ids = Json::array();
  for (const SealedRun* run : runs) {
    valid += run->is_valid() ? 1 : 0;
    requests += run->summary.requests;
    ok += run->summary.ok;
    attainment += run->summary.attainment / static_cast<double>(runs.size());
    for (const std::string& flag : run->flags) {
      flags[flag] = flags.value(flag, 0) + 1;
    }
    if (run->status != "complete") {
      flags[run->status] = flags.value(run->status, 0) + 1;
    }
    run_ids.push_back(run->run_id);
  }
  return {{"site", node.site.value()},
          {"node", node.node.value()},
          {"executions", runs.size()},
          {"valid", valid},
          {"requests", requests},
          {"ok", ok},
          {"attainment", attainment},
          {"ttft_ms", over_executions(runs, &RunSummary::ttft_ms_p50)},
          {"ttft_ms_p99", over_executions(runs, &RunSummary::ttft_ms_p99)},
          {"tpot_ms", over_executions(runs, &RunSummary::tpot_ms_p50)},
          {"decode_tokens_per_s", over_executions(runs, &RunSummary::decode_tokens_per_s)},
          {"flags", flags},
          {"run_ids", run_ids}};
}

}  // namespace

std::string campaign_summary_json(const BenchSpec& spec,
                                  const std::string& campaign_id,
                                  const std::vector<SealedRun>& runs) {
  std::map<std::pair<uint32_t, BenchNode>, Group> groups;
  for (const SealedRun& run : runs) {
    groups[{run.planned.cell, run.planned.target}].push_back(&run);
  }
  Json cells = Json::array();
  for (const Cell& cell : spec.cells()) {
    Json nodes = Json::array();
    for (const auto& [key, group] : groups) {
      if (key.first == cell.cell) {
        nodes.push_back(json_of(key.second, group));
      }
    }
    cells.push_back({{"cell", cell.cell},
                     {"benchmark", cell.benchmark},
                     {"rate_per_s", cell.rate_per_s},
                     {"nodes", nodes}});
  }
  return dump_json({{"campaign_id", campaign_id},
                    {"name", spec.name},
                    {"question", spec.question},
                    {"model", spec.model.value()},
                    {"spec_sha256", spec.spec_sha256},
                    {"cells", cells}});
}

}  // namespace suan::bench
