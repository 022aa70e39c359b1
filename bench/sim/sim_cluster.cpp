#include "bench/sim/sim_cluster.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "bench/sim/invariants.h"
#include "bench/sim/sim_client.h"
#include "bench/sim/sim_faults.h"
#include "bench/sim/sim_stage.h"

namespace suan::bench {

namespace {

const ModelId kModel("modelled-moe");
constexpr Duration kWarmUp = 30s;  // joining and loading, before the first request

/// A node's speed, different from node to node by up to a factor of three.
ModelledModel draw_model(Random& random) {
  ModelledModel model;
  model.depot = {.model = kModel,
                 .digest = std::string(64, 'a'),
                 .architecture = "deepseek2",
                 .quantization = "q8_0",
                 .weight_bytes = 1ULL << 30U,
                 .context_tokens = 4096,
                 .vocabulary = 32'000};
  const double speed = 1.0 + 2.0 * random.uniform();
  model.replica.prefill_tokens_per_s = 1500 * speed;
  model.replica.step_base = Duration(static_cast<int64_t>(30'000 / speed));
  model.replica.step_per_sequence = Duration(static_cast<int64_t>(2'000 / speed));
  model.replica.seed = random.next();
  return model;
}

SiteId site_of(uint32_t i) {
  return SiteId(fmt::format("site-{}", i));
}

/// Joins everything; members stand in the order in which they are made.
class Cluster {
 public:
  explicit Cluster(const SimOptions& options)
      : options_(options), random_(options.seed), stage_(random_.next()) {
    for (uint32_t i = 0; i < options.sites; ++i) {
      stage_.add_site({.site = site_of(i), .name = site_of(i).value(), .region = "r"});
    }
    for (uint32_t i = 0; i < options.nodes; ++i)
      add_node(i);
  }

  SimReport run() {
    stage_.start(random_.next());
    stage_.world.run_for(2s);
    stage_.deploy(kModel);
    stage_.world.run_for(kWarmUp - 2s);

    SimControl& control = *stage_.control;
    SimClients clients(control.gateway_loop(), control.gateway(),
                       {.model = kModel,
                        .requests_per_s = options_.requests / to_seconds(options_.duration),
                        .requests_max = options_.requests},
                       random_.next());
    clients.start();
    SimFaults faults(stage_.world, stage_.network, control, stage_.nodes, random_.next());
    faults.schedule(options_);
    stage_.watch_overload();
    stage_.world.run_for(options_.duration);
    faults.heal();
    stage_.world.run_for(options_.healing);
    return report(clients);
  }

 private:
  void add_node(uint32_t i) {
    SimMachine machine;
    machine.models = {draw_model(random_)};
    const uint64_t seed = random_.next();
    const SimLink link{.latency = Duration(static_cast<int64_t>(500 + random_.below(15'000))),
                       .jitter = 500us,
                       .loss = options_.message_loss,
                       .duplication = options_.duplication};
    stage_.add_node(NodeId(fmt::format("node-{:03}", i)), site_of(i % options_.sites),
                    std::move(machine), link, seed);
  }

  SimReport report(const SimClients& clients) {
    for (std::string& breach :
         request_violations(clients.seen(), stage_.control->usage().rows())) {
      stage_.add_violation(std::move(breach));
    }
    stage_.check_healed();
    SimReport report;
    report.violations = std::move(stage_.violations);
    std::vector<Duration> ttfts;
    for (const auto& one : clients.seen()) {
      if (!one->error) {
        ++report.succeeded;
        ttfts.push_back(one->ttft);
      } else if (*one->error == ErrorCode::Cancelled) {
        ++report.cancelled;
      } else {
        ++report.failed;
      }
    }
    std::sort(ttfts.begin(), ttfts.end());
    if (!ttfts.empty()) {
      report.ttft_p50 = ttfts[ttfts.size() / 2];
      report.ttft_p99 = ttfts[ttfts.size() * 99 / 100];
    }
    const web_api::GatewayCounters counters = stage_.control->gateway().counters();
    report.retried = static_cast<uint32_t>(counters.retried);
    report.tokens = counters.tokens;
    report.messages = stage_.network.counters().sent;
    report.events = stage_.world.events_run();
    report.digest = clients.digest();
    return report;
  }

  SimOptions options_;
  Random random_;
  SimStage stage_;
};

}  // namespace

SimReport simulate(const SimOptions& options) {
  return Cluster(options).run();
}

}  // namespace suan::bench
