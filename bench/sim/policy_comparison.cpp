#include "bench/sim/policy_comparison.h"

#include <algorithm>
#include <cassert>

#include "bench/stats/interval.h"
#include "bench/stats/quantile.h"

namespace suan::bench {

namespace {

using Group = std::vector<const ScenarioReport*>;

template <class Value>
double median_of(const Group& group, Value value) {
  std::vector<double> values;
  for (const ScenarioReport* report : group)
    values.push_back(static_cast<double>(value(*report)));
  return median(values);
}

std::optional<double> median_if_all(const Group& group,
                                    std::optional<double> ScenarioReport::*field) {
  std::vector<double> values;
  for (const ScenarioReport* report : group) {
    if (!(report->*field)) return std::nullopt;
    values.push_back(*(report->*field));
  }
  return median(values);
}

std::vector<Group> by_policy(const std::vector<ScenarioReport>& reports) {
  std::vector<Group> groups;
  for (const ScenarioReport& report : reports) {
    const auto found = std::ranges::find_if(
        groups, [&](const Group& group) { return group[0]->policy == report.policy; });
    (found == groups.end() ? groups.emplace_back() : *found).push_back(&report);
  }
  return groups;
}

void add_difference(const Group& first, const Group& group, PolicySummary& summary) {
  assert(first.size() == group.size());
  std::vector<double> differences;
  for (size_t i = 0; i < group.size(); ++i) {
    assert(first[i]->seed == group[i]->seed);
    differences.push_back(group[i]->goodput_per_s - first[i]->goodput_per_s);
  }
  const std::vector<double> ascending = sorted(differences);
  summary.goodput_difference = median(ascending);
  const RankInterval interval = quantile_interval(ascending, 0.5);
  summary.difference_low = interval.low;
  summary.difference_high = interval.high;
}

}  // namespace

std::vector<PolicySummary> compare(const std::vector<ScenarioReport>& reports) {
  const std::vector<Group> groups = by_policy(reports);
  std::vector<PolicySummary> summaries;
  for (const Group& group : groups) {
    PolicySummary& summary = summaries.emplace_back();
    summary.policy = group[0]->policy;
    summary.seeds = group.size();
    summary.goodput_per_s = median_of(group, [](const auto& run) { return run.goodput_per_s; });
    summary.slo_share = median_of(group, [](const auto& run) { return run.slo_share; });
    summary.ttft_ms_p50 = median_if_all(group, &ScenarioReport::ttft_ms_p50);
    summary.ttft_ms_p99 = median_if_all(group, &ScenarioReport::ttft_ms_p99);
    summary.tpot_ms_p50 = median_if_all(group, &ScenarioReport::tpot_ms_p50);
    summary.tpot_ms_p99 = median_if_all(group, &ScenarioReport::tpot_ms_p99);
    summary.cached_share = median_of(group, [](const auto& run) { return run.cached_share; });
    summary.fairness = median_of(group, [](const auto& run) { return run.fairness; });
    summary.refused =
        median_of(group, [](const auto& run) { return run.requests - run.succeeded; });
    summary.retried = median_of(group, [](const auto& run) { return run.retried; });
    for (const ScenarioReport* report : group)
      summary.violations += report->violations.size();
    add_difference(groups[0], group, summary);
  }
  return summaries;
}

}  // namespace suan::bench
