#include "bench/campaign.h"

#include <algorithm>

#include "bench/stats/interval.h"
#include "bench/stats/quantile.h"

namespace suan::bench {

namespace {

constexpr size_t kExecutionsMax = 1500;  // what one BenchPlanned message may carry
constexpr size_t kRunsMin = 2;

template <class T>
void shuffle(std::vector<T>& items, Random& random) {
  for (size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[random.below(i)]);
  }
}

/// Long enough for a slow site, short enough that a dead one does not hold the campaign up.
Duration deadline_of(const BenchSpec& spec) {
  const double seconds = 10 + 3 * spec.protocol.point_seconds + 2.0 * spec.workload.timeout_s;
  return std::min<Duration>(Duration(static_cast<int64_t>(seconds * 1e6)), 1h);
}

Result<void> check_budget(const BenchSpec& spec, size_t nodes) {
  const auto executions = static_cast<double>(nodes * spec.protocol.executions);
  double requests = 0;
  for (const Cell& cell : spec.cells()) {
    requests += executions * (spec.requests_of(cell) + spec.protocol.warmup_requests);
  }
  const double count = executions * static_cast<double>(spec.cells().size());
  const double seconds = count * spec.protocol.point_seconds;
  if (count > kExecutionsMax) {
    return fail_param(ErrorCode::BadRequest, "protocol.executions",
                      "{} executions are planned, at most {} may be", count, kExecutionsMax);
  }
  // Executions run one after another, so the campaign takes as long as the nodes together.
  if (seconds > spec.budget.seconds || seconds > spec.budget.node_seconds) {
    return fail_param(ErrorCode::BadRequest, "budget.seconds",
                      "{} s of load are planned, the budget is {} s and {} node-seconds",
                      seconds, spec.budget.seconds, spec.budget.node_seconds);
  }
  if (requests > static_cast<double>(spec.budget.requests)) {
    return fail_param(ErrorCode::BadRequest, "budget.requests",
                      "{} requests are planned, the budget is {}", requests,
                      spec.budget.requests);
  }
  return {};
}

void keep_asked_sites(const BenchSpec& spec, std::vector<BenchNode>& ready) {
  std::ranges::sort(ready);
  ready.erase(std::unique(ready.begin(), ready.end()), ready.end());
  if (!spec.sites.empty()) {
    std::erase_if(ready, [&](const BenchNode& node) {
      return std::ranges::find(spec.sites, node.site) == spec.sites.end();
    });
  }
  // A request is pinned to a site, so one node stands for each: the first by name.
  const auto is_same_site = [](const BenchNode& a, const BenchNode& b) {
    return a.site == b.site;
  };
  ready.erase(std::unique(ready.begin(), ready.end(), is_same_site), ready.end());
}

Result<void> check_sites(const BenchSpec& spec, const std::vector<BenchNode>& ready) {
  for (const SiteId& site : spec.sites) {
    if (std::ranges::find(ready, site, &BenchNode::site) == ready.end()) {
      return fail_param(ErrorCode::NotFound, "targets.sites", "site {} has no ready node",
                        site.value());
    }
  }
  if (ready.empty()) {
    return fail_param(ErrorCode::NotFound, "targets.sites", "no node serves model {} now",
                      spec.model.value());
  }
  return {};
}

/// What the valid runs of one node say, a number per run and metric.
struct NodeValues {
  std::map<Metric, std::vector<double>> metrics;
  std::string last_run_id;

  void take(const SealedRun& run) {
    take(Metric::TtftMilliseconds, run.summary.ttft_ms_p50);
    take(Metric::TpotMilliseconds, run.summary.tpot_ms_p50);
    take(Metric::DecodeTokensPerSecond, run.summary.decode_tokens_per_s);
    last_run_id = run.run_id;
  }

 private:
  void take(Metric metric, const std::optional<double>& value) {
    if (value && *value > 0) {
      metrics[metric].push_back(*value);
    }
  }
};

}  // namespace

Result<std::vector<PlannedExecution>> plan_executions(const BenchSpec& spec,
                                                      const std::string& nonce,
                                                      std::vector<BenchNode> ready) {
  keep_asked_sites(spec, ready);
  if (const auto found = check_sites(spec, ready); !found) {
    return forward(found.error());
  }
  if (const auto within = check_budget(spec, ready.size()); !within) {
    return forward(within.error());
  }
  Random random = order_random(nonce, spec.spec_sha256);
  std::vector<PlannedExecution> planned;
  for (uint32_t block = 0; block < spec.protocol.executions; ++block) {
    std::vector<PlannedExecution> in_block;
    for (const Cell& cell : spec.cells()) {
      for (const BenchNode& node : ready) {
        in_block.push_back({.cell = cell.cell,
                            .execution = block,
                            .block = block,
                            .target = node,
                            .deadline = deadline_of(spec)});
      }
    }
    shuffle(in_block, random);
    planned.insert(planned.end(), in_block.begin(), in_block.end());
  }
  if (spec.protocol.order == BenchOrder::Sequential) {
    std::ranges::stable_sort(planned, {}, &PlannedExecution::target);
  }
  return planned;
}

std::vector<Measurement> measurements_of(const BenchSpec& spec,
                                         const std::vector<SealedRun>& runs,
                                         WallTime at) {
  const auto cells = spec.cells();
  const uint32_t lowest = std::ranges::min_element(cells, {}, &Cell::rate_per_s)->cell;
  std::map<BenchNode, NodeValues> nodes;
  for (const SealedRun& run : runs) {
    if (run.is_valid() && run.planned.cell == lowest) {
      nodes[run.planned.target].take(run);
    }
  }
  std::vector<Measurement> measurements;
  for (const auto& [node, values] : nodes) {
    for (const auto& [metric, per_run] : values.metrics) {
      if (per_run.size() < kRunsMin) {
        continue;
      }
      const std::vector<double> ascending = sorted(per_run);
      const RankInterval interval = quantile_interval(ascending, 0.5);
      measurements.push_back({.run_id = values.last_run_id,
                              .site = node.site,
                              .node = node.node,
                              .model = spec.model,
                              .metric = metric,
                              .value = quantile_type7(ascending, 0.5),
                              .low = interval.low,
                              .high = interval.high,
                              .log_sd = log_sd_of(Evidence::Serving),
                              .evidence = Evidence::Serving,
                              .at = at});
    }
  }
  return measurements;
}

}  // namespace suan::bench
