#include "bench/sim/sim_stage.h"

#include <utility>

#include <fmt/core.h>

namespace suan::bench {

namespace {

constexpr size_t kViolationsMax = 20;

std::unique_ptr<Database> migrated_database() {
  auto database = open_database("sqlite::memory:");
  migrate(*database);
  return database;
}

}  // namespace

SimStage::SimStage(uint64_t network_seed)
    : database(migrated_database()), network(world, network_seed), tables_(*database) {
  network.set_default_link({.latency = 1ms, .jitter = 200us});
}

void SimStage::add_site(const Site& site) {
  tables_.put_site(site);
}

void SimStage::add_node(const NodeId& node,
                        const SiteId& site,
                        SimMachine machine,
                        const SimLink& link,
                        uint64_t seed) {
  tables_.insert_node({.node = node,
                       .site = site,
                       .curve_public_z85 = fmt::format("{:040d}", nodes.size()),
                       .state = NodeState::Ready,
                       .enrolled = world.wall_now()});
  nodes.push_back(std::make_unique<SimNode>(world, network, node, std::move(machine), seed));
  network.set_link(kControlHost, nodes.back()->host(), link);
}

void SimStage::start(uint64_t seed, MakePlace make_place) {
  control =
      std::make_unique<SimControl>(world, network, *database, seed, std::move(make_place));
  control->start_scheduler();
  for (const auto& node : nodes)
    node->start();
}

void SimStage::deploy(const ModelId& model) {
  control->gateway().command("deploy", fmt::format(R"({{"model":"{}"}})", model.value()),
                             AccountId("admin"), [this](const auto& answer) {
                               if (!answer) add_violation("deploy: " + answer.error().message);
                             });
}

void SimStage::watch_overload() {
  for (const auto& node : nodes) {
    std::string overload = node->overload();
    if (!overload.empty()) add_violation(std::move(overload));
  }
  control->gateway_loop().after(1s, [this] { watch_overload(); });
}

void SimStage::check_healed() {
  for (const auto& node : nodes) {
    if (!node->is_serving()) {
      add_violation(node->node().value() + " does not serve after healing");
    } else if (node->running() != 0) {
      add_violation(node->node().value() + " still runs streams after healing");
    }
  }
  if (control->gateway().counters().running != 0) {
    add_violation("the gateway still has requests after healing");
  }
  if (world.failures() != 0) {
    add_violation(fmt::format("{} handlers threw", world.failures()));
  }
}

void SimStage::add_violation(std::string what) {
  if (violations.size() < kViolationsMax) violations.push_back(std::move(what));
}

}  // namespace suan::bench
