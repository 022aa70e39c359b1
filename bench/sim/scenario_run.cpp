#include "bench/sim/scenario_run.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "bench/baselines/baselines.h"
#include "bench/sim/invariants.h"
#include "bench/sim/scenario_events.h"
#include "bench/sim/scenario_load.h"
#include "bench/sim/sim_stage.h"

namespace suan::bench {

namespace {

constexpr Duration kJoin = 2s;  // before models are deployed
constexpr Duration kComeUpMax = 10min;
constexpr Duration kSettle = 15s;    // after the last replica: heartbeats, the first views
constexpr Duration kHealing = 3min;  // after the load, and the deadline of its last request

/// What a node's claim is multiplied by: the lies told about its site.
double claim_of(const Scenario& scenario, uint32_t site) {
  double claim = 1;
  for (const ScenarioEvent& event : scenario.events) {
    if (event.what.kind == EventKind::LyingSite && event.site == site)
      claim *= event.what.factor;
  }
  return claim;
}

SimMachine machine_of(const Scenario& scenario, const ScenarioNode& node, uint64_t seed) {
  const ScenarioModel& model = scenario.models[node.model];
  const auto weight_bytes = static_cast<uint64_t>(model.served.weight_bytes());
  ModelledModel modelled;
  modelled.depot = {.model = model.model,
                    .digest = std::string(64, 'a'),
                    .architecture = "modelled",
                    .quantization = fmt::format("{} bytes", model.served.bytes_per_weight),
                    .weight_bytes = weight_bytes,
                    .context_tokens = model.served.context_tokens,
                    .vocabulary = 128'000};
  modelled.replica = replica_model_of(node.rates);
  modelled.replica.claim = claim_of(scenario, node.site);
  modelled.replica.seed = seed;
  SimMachine machine;
  machine.models = {std::move(modelled)};
  machine.cpu_model = fmt::format("modelled: {} x {}", node.devices, node.device.name);
  // The reader has checked that the model fits; the deployer reckons with a quarter on top.
  machine.memory_bytes = std::max(
      static_cast<uint64_t>(node.devices * node.device.memory_gb * 1e9), 2 * weight_bytes);
  machine.measured = {.memory_read_gb_s = node.devices * node.device.bandwidth_gb_s,
                      .matrix_gflop_s = node.devices * node.device.compute_tflops * 1e3};
  return machine;
}

/// One run; members stand in the order in which they are made.
class Run {
 public:
  Run(const Scenario& scenario, const RequestPlan& plan, uint64_t seed)
      : scenario_(scenario), plan_(plan), random_(splitmix64(seed)), stage_(random_.next()) {
    for (const ScenarioSite& site : scenario.sites)
      stage_.add_site(site.site);
    for (uint32_t i = 0; i < scenario.nodes.size(); ++i)
      add_node(i);
  }

  Result<ScenarioReport> run(const Baseline& baseline) {
    const auto make_place = baseline.make;
    stage_.start(random_.next(), make_place);
    stage_.world.run_for(kJoin);
    for (const ScenarioModel& model : scenario_.models)
      stage_.deploy(model.model);
    if (const auto up = come_up(); !up) return forward(up.error());

    SimControl& control = *stage_.control;
    ScenarioLoad load(control.gateway_loop(), control.gateway(), scenario_, plan_.requests,
                      random_.next());
    ScenarioEvents events(stage_, scenario_, links_);
    load.start();
    events.schedule();
    stage_.watch_overload();
    stage_.world.run_for(scenario_.duration);
    events.heal();
    stage_.world.run_for(Duration(static_cast<int64_t>(scenario_.load.deadline_s * 1e6)) +
                         kHealing);
    return report(load, std::string(baseline.name));
  }

 private:
  void add_node(uint32_t i) {
    const ScenarioNode& node = scenario_.nodes[i];
    const ScenarioSite& site = scenario_.sites[node.site];
    SimLink link;
    link.latency = site.one_way;
    if (!scenario_.jitter.empty()) link.stretch = &scenario_.jitter;
    links_.push_back(link);
    const uint64_t seed = random_.next();
    stage_.add_node(NodeId(fmt::format("{}-{}", site.site.site.value().substr(0, 40), i)),
                    site.site.site, machine_of(scenario_, node, seed), link, seed);
  }

  Result<void> come_up() {
    const auto serves = [](const auto& node) { return node->is_serving(); };
    const Time until = stage_.world.now() + kComeUpMax;
    while (!std::ranges::all_of(stage_.nodes, serves)) {
      if (stage_.world.now() >= until) {
        const auto found = std::ranges::find_if_not(stage_.nodes, serves);
        return fail(ErrorCode::Unavailable, "node {} does not serve within {} s",
                    (*found)->node().value(), to_seconds(kComeUpMax));
      }
      stage_.world.run_for(1s);
    }
    stage_.world.run_for(kSettle);
    return {};
  }

  ScenarioReport report(const ScenarioLoad& load, std::string policy) {
    for (std::string& breach :
         request_violations(load.seen(), stage_.control->usage().rows())) {
      stage_.add_violation(std::move(breach));
    }
    stage_.check_healed();
    ScenarioReport report;
    report.policy = std::move(policy);
    add_outcomes(scenario_, plan_.requests, load.seen(), report);
    report.retried = stage_.control->gateway().counters().retried;
    report.messages = stage_.network.counters().sent;
    report.events = stage_.world.events_run();
    report.digest = load.digest();
    report.violations = std::move(stage_.violations);
    return report;
  }

  const Scenario& scenario_;
  const RequestPlan& plan_;
  Random random_;
  SimStage stage_;
  std::vector<SimLink> links_;
};

}  // namespace

Result<ScenarioReport> simulate(const Scenario& scenario,
                                const RequestPlan& plan,
                                uint64_t seed,
                                const std::string& policy) {
  const auto baseline = choose_baseline(policy);
  if (!baseline) return forward(baseline.error());
  Result<ScenarioReport> report = Run(scenario, plan, seed).run(*baseline);
  if (report) report->seed = seed;
  return report;
}

}  // namespace suan::bench
