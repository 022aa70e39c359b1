#include "bench/sim/sim_cluster.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "bench/sim/invariants.h"
#include "bench/sim/sim_client.h"
#include "bench/sim/sim_control.h"
#include "bench/sim/sim_faults.h"
#include "bench/sim/sim_node.h"
#include "catalog/store/node_tables.h"

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

/// Joins everything; members stand in the order in which they are made.
class Cluster {
 public:
  explicit Cluster(const SimOptions& options)
      : options_(options),
        random_(options.seed),
        database_(open_database("sqlite::memory:")),
        network_(world_, random_.next()) {
    migrate(*database_);
    network_.set_default_link({.latency = 1ms, .jitter = 200us});
    NodeTables tables(*database_);
    for (uint32_t i = 0; i < options.sites; ++i) {
      tables.put_site({.site = site_of(i), .name = site_of(i).value(), .region = "r"});
    }
    for (uint32_t i = 0; i < options.nodes; ++i)
      add_node(i, tables);
    control_ = std::make_unique<SimControl>(world_, network_, *database_, random_.next());
  }

  SimReport run() {
    control_->start_scheduler();
    for (const auto& node : nodes_)
      node->start();
    world_.run_for(2s);
    control_->gateway().command(
        "deploy", fmt::format(R"({{"model":"{}"}})", kModel.value()), AccountId("admin"),
        [this](auto answer) {
          if (!answer) report_.violations.push_back("deploy: " + answer.error().message);
        });
    world_.run_for(kWarmUp - 2s);

    SimClients clients(control_->gateway_loop(), control_->gateway(),
                       {.model = kModel,
                        .requests_per_s = options_.requests / to_seconds(options_.duration),
                        .requests_max = options_.requests},
                       random_.next());
    clients.start();
    SimFaults faults(world_, network_, *control_, nodes_, random_.next());
    faults.schedule(options_);
    watch_overload();
    world_.run_for(options_.duration);
    faults.heal();
    world_.run_for(options_.healing);
    finish(clients);
    return std::move(report_);
  }

 private:
  static SiteId site_of(uint32_t i) { return SiteId(fmt::format("site-{}", i)); }

  void add_node(uint32_t i, NodeTables& tables) {
    const NodeId node(fmt::format("node-{:03}", i));
    tables.insert_node({.node = node,
                        .site = site_of(i % options_.sites),
                        .curve_public_z85 = fmt::format("{:040d}", i),
                        .state = NodeState::Ready,
                        .enrolled = world_.wall_now()});
    nodes_.push_back(
        std::make_unique<SimNode>(world_, network_, node, draw_model(random_), random_.next()));
    network_.set_link("control-plane", nodes_.back()->host(),
                      {.latency = Duration(static_cast<int64_t>(500 + random_.below(15'000))),
                       .jitter = 500us,
                       .loss = options_.message_loss,
                       .duplication = options_.duplication});
  }

  /// Each simulated second: no node runs more than it has room for.
  void watch_overload() {
    for (const auto& node : nodes_) {
      const std::string overload = node->overload();
      if (!overload.empty() && report_.violations.size() < 20) {
        report_.violations.push_back(overload);
      }
    }
    control_->gateway_loop().after(1s, [this] { watch_overload(); });
  }

  void finish(const SimClients& clients) {
    for (std::string& breach : request_violations(clients.seen(), control_->usage().rows())) {
      report_.violations.push_back(std::move(breach));
    }
    check_healed();
    std::vector<Duration> ttfts;
    for (const auto& one : clients.seen()) {
      if (!one->error) {
        ++report_.succeeded;
        ttfts.push_back(one->ttft);
      } else if (*one->error == ErrorCode::Cancelled) {
        ++report_.cancelled;
      } else {
        ++report_.failed;
      }
    }
    std::sort(ttfts.begin(), ttfts.end());
    if (!ttfts.empty()) {
      report_.ttft_p50 = ttfts[ttfts.size() / 2];
      report_.ttft_p99 = ttfts[ttfts.size() * 99 / 100];
    }
    const web_api::GatewayCounters counters = control_->gateway().counters();
    report_.retried = static_cast<uint32_t>(counters.retried);
    report_.tokens = counters.tokens;
    report_.messages = network_.counters().sent;
    report_.events = world_.events_run();
    report_.digest = clients.digest();
  }

  /// Liveness: once faults have ended, every node serves, nothing runs, nothing threw.
  void check_healed() {
    for (const auto& node : nodes_) {
      if (!node->is_serving()) {
        report_.violations.push_back(node->node().value() + " does not serve after healing");
      } else if (node->running() != 0) {
        report_.violations.push_back(node->node().value() +
                                     " still runs streams after healing");
      }
    }
    if (control_->gateway().counters().running != 0) {
      report_.violations.emplace_back("the gateway still has requests after healing");
    }
    if (world_.failures() != 0) {
      report_.violations.push_back(fmt::format("{} handlers threw", world_.failures()));
    }
  }

  SimOptions options_;
  Random random_;
  SimReport report_;
  SimWorld world_;
  std::unique_ptr<Database> database_;
  SimNetwork network_;
  std::vector<std::unique_ptr<SimNode>> nodes_;
  std::unique_ptr<SimControl> control_;
};

}  // namespace

SimReport simulate(const SimOptions& options) {
  return Cluster(options).run();
}

}  // namespace suan::bench
