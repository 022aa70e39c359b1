#include "cli/sim_text.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/core.h>

#include "cli/table.h"

namespace suan::cli {

namespace {

using bench::PolicySummary;
using bench::Scenario;
using bench::ScenarioNode;
using bench::ScenarioReport;

/// Equal machines of a scenario.
struct Machines {
  const ScenarioNode* node = nullptr;
  size_t count = 0;
};

std::vector<Machines> machines_of(const Scenario& scenario) {
  std::map<std::tuple<std::string, uint32_t, uint32_t>, Machines> groups;
  for (const ScenarioNode& node : scenario.nodes) {
    Machines& machines = groups[{node.device.name, node.devices, node.model}];
    machines.node = &node;
    ++machines.count;
  }
  std::vector<Machines> all;
  for (const auto& [key, machines] : groups)
    all.push_back(machines);
  return all;
}

std::string cell(const std::optional<double>& value) {
  return value ? fmt::format("{:.0f}", *value) : "-";
}

std::string difference_cell(const PolicySummary& summary) {
  if (!summary.difference_low || !summary.difference_high) {
    return fmt::format("{:+.2f}", summary.goodput_difference);
  }
  return fmt::format("{:+.2f} [{:+.2f}, {:+.2f}]", summary.goodput_difference,
                     *summary.difference_low, *summary.difference_high);
}

std::string comparison_table(const std::vector<PolicySummary>& summaries) {
  Table table({"POLICY", "GOODPUT/S", "VS FIRST", "IN SLO %", "TTFT P50", "P99", "TPOT P50",
               "P99", "CACHED %", "REFUSED", "RETRIED", "FAIRNESS"});
  for (const PolicySummary& one : summaries) {
    table.add({one.policy, fmt::format("{:.2f}", one.goodput_per_s), difference_cell(one),
               fmt::format("{:.1f}", 100 * one.slo_share), cell(one.ttft_ms_p50),
               cell(one.ttft_ms_p99), cell(one.tpot_ms_p50), cell(one.tpot_ms_p99),
               fmt::format("{:.1f}", 100 * one.cached_share),
               fmt::format("{:.0f}", one.refused), fmt::format("{:.0f}", one.retried),
               fmt::format("{:.4f}", one.fairness)});
  }
  return table.text(is_terminal_out());
}

template <class Counts>
std::string list_of(const Counts& counts) {
  std::string text;
  for (const auto& [name, count] : counts)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count);
  return text.empty() ? "none" : text;
}

Json json_of(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

Json json_of(const ScenarioReport& run) {
  return {{"policy", run.policy},
          {"seed", run.seed},
          {"requests", run.requests},
          {"succeeded", run.succeeded},
          {"within_slo", run.within_slo},
          {"goodput_per_s", run.goodput_per_s},
          {"slo_share", run.slo_share},
          {"output_tokens_per_s", run.output_tokens_per_s},
          {"cached_share", run.cached_share},
          {"ttft_ms_p50", json_of(run.ttft_ms_p50)},
          {"ttft_ms_p99", json_of(run.ttft_ms_p99)},
          {"tpot_ms_p50", json_of(run.tpot_ms_p50)},
          {"tpot_ms_p99", json_of(run.tpot_ms_p99)},
          {"refusals", run.refusals},
          {"tokens_by_site", run.tokens_by_site},
          {"fairness", run.fairness},
          {"retried", run.retried},
          {"messages", run.messages},
          {"events", run.events},
          {"digest", fmt::format("{:016x}", run.digest)},
          {"violations", run.violations}};
}

Json json_of(const PolicySummary& summary) {
  return {{"policy", summary.policy},
          {"seeds", summary.seeds},
          {"goodput_per_s", summary.goodput_per_s},
          {"goodput_difference_per_s", summary.goodput_difference},
          {"goodput_difference_per_s_low", json_of(summary.difference_low)},
          {"goodput_difference_per_s_high", json_of(summary.difference_high)},
          {"slo_share", summary.slo_share},
          {"ttft_ms_p50", json_of(summary.ttft_ms_p50)},
          {"ttft_ms_p99", json_of(summary.ttft_ms_p99)},
          {"tpot_ms_p50", json_of(summary.tpot_ms_p50)},
          {"tpot_ms_p99", json_of(summary.tpot_ms_p99)},
          {"cached_share", summary.cached_share},
          {"refused", summary.refused},
          {"retried", summary.retried},
          {"fairness", summary.fairness},
          {"violations", summary.violations}};
}

Json machines_json(const Scenario& scenario) {
  Json all = Json::array();
  for (const Machines& machines : machines_of(scenario)) {
    const ScenarioNode& node = *machines.node;
    all.push_back({{"device", node.device.name},
                   {"devices", node.devices},
                   {"nodes", machines.count},
                   {"model", scenario.models[node.model].model.value()},
                   {"modelled", true},
                   {"how", node.device.how},
                   {"source", node.device.source},
                   {"step_ms_of_1", 1e3 * node.rates.step_s(1, 0)},
                   {"step_ms_of_all_slots", 1e3 * node.rates.step_s(node.rates.slots, 0)},
                   {"slots", node.rates.slots},
                   {"prefill_tokens_per_s", node.rates.prefill_tokens_per_s},
                   {"kv_tokens_total", node.rates.kv_tokens}});
  }
  return all;
}

}  // namespace

std::string scenario_text(const Scenario& scenario, const bench::RequestPlan& plan) {
  std::string text = fmt::format(
      "{}: {} requests in {:.0f} s, {:.2f}/s without crowds, {:.0f}% of what the busiest model "
      "could serve; {} nodes at {} sites\n\n",
      scenario.name, plan.requests.size(), to_seconds(scenario.duration), plan.rate_per_s,
      100 * plan.utilisation, scenario.nodes.size(), scenario.sites.size());
  Table table({"MODELLED MACHINE", "NODES", "MODEL", "STEP MS", "FULL", "PROMPT TOKENS/S",
               "FIGURES", "SOURCE"});
  for (const Machines& machines : machines_of(scenario)) {
    const ScenarioNode& node = *machines.node;
    table.add({fmt::format("{} x {}", node.devices, node.device.name),
               fmt::format("{}", machines.count), scenario.models[node.model].model.value(),
               fmt::format("{:.1f}", 1e3 * node.rates.step_s(1, 0)),
               fmt::format("{:.1f}", 1e3 * node.rates.step_s(node.rates.slots, 0)),
               fmt::format("{:.0f}", node.rates.prefill_tokens_per_s), node.device.how,
               node.device.source});
  }
  text += table.text(is_terminal_out());
  text +=
      "\nNobody here has these machines: their rates are modelled from the figures named.\n";
  for (const std::string& note : scenario.notes)
    text += "note: " + note + "\n";
  return text;
}

std::string sim_text(const SimOutcome& outcome) {
  const std::vector<PolicySummary> summaries = compare(outcome.reports);
  std::string text = comparison_table(summaries);
  text += fmt::format(
      "\nTimes in ms as clients see them; SLO: TTFT {:.0f} ms, TPOT {:.0f} ms. {}\n",
      outcome.scenario.slo.ttft_ms, outcome.scenario.slo.tpot_ms,
      summaries[0].seeds > 1 ? fmt::format("Medians over {} paired seeds.", summaries[0].seeds)
                             : "One seed.");
  for (const PolicySummary& summary : summaries) {
    const auto run =
        std::find_if(outcome.reports.begin(), outcome.reports.end(),
                     [&](const ScenarioReport& each) { return each.policy == summary.policy; });
    text += fmt::format("\n{}, seed {}: refusals: {}\n  tokens: {}\n", run->policy, run->seed,
                        list_of(run->refusals), list_of(run->tokens_by_site));
  }
  for (const ScenarioReport& run : outcome.reports) {
    for (const std::string& violation : run.violations)
      text += fmt::format("\nVIOLATED, {}, seed {}: {}", run.policy, run.seed, violation);
  }
  return text;
}

Json sim_json(const SimOutcome& outcome) {
  Json runs = Json::array();
  for (const ScenarioReport& run : outcome.reports)
    runs.push_back(json_of(run));
  Json comparison = Json::array();
  for (const PolicySummary& summary : compare(outcome.reports))
    comparison.push_back(json_of(summary));
  const Scenario& scenario = outcome.scenario;
  return {{"format", "suan.sim/1"},
          {"scenario", scenario.name},
          {"question", scenario.question},
          {"duration_s", to_seconds(scenario.duration)},
          {"slo", {{"ttft_ms", scenario.slo.ttft_ms}, {"tpot_ms", scenario.slo.tpot_ms}}},
          {"load",
           {{"requests", outcome.plan.requests.size()},
            {"rate_per_s", outcome.plan.rate_per_s},
            {"time_scale", outcome.plan.speed},
            {"utilisation", outcome.plan.utilisation}}},
          {"machines", machines_json(scenario)},
          {"notes", scenario.notes},
          {"runs", runs},
          {"comparison", comparison}};
}

}  // namespace suan::cli
