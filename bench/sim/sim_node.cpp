#include "bench/sim/sim_node.h"

#include <utility>

#include <fmt/core.h>

#include "catalog/types/random.h"

namespace suan::bench {

namespace {

const Peer kScheduler("scheduler");

}  // namespace

SimNode::SimNode(
    SimWorld& world, SimNetwork& network, NodeId node, SimMachine machine, uint64_t seed)
    : world_(world),
      network_(network),
      node_(std::move(node)),
      machine_(std::move(machine)),
      seed_(seed) {}

SimNode::~SimNode() {
  crash();
}

void SimNode::start() {
  if (is_up()) return;
  ++boots_;
  const Peer self = peer_of(node_);
  loop_ = std::make_unique<SimLoop>(world_);
  control_ = network_.connect(*loop_, host(), "control", self, kScheduler);
  launcher_ = std::make_unique<ModelledLauncher>(*loop_, machine_.models);
  auto connect = [this, self](const node_agent::GatewayEndpoint& gateway) {
    return network_.connect(*loop_, host(), "tokens", self,
                            Peer("gateway:" + gateway.gateway_id));
  };
  node_agent::AgentConfig config;
  config.boot_id = fmt::format("{}-boot-{}", node_.value(), boots_);
  config.seed = splitmix64(seed_ + boots_);
  config.hardware.hostname = node_.value();
  config.hardware.cpu_model = machine_.cpu_model;
  config.hardware.cores = 8;
  config.hardware.threads_used = 8;
  config.hardware.memory_bytes = machine_.memory_bytes;
  config.measured = machine_.measured;
  agent_ = std::make_unique<node_agent::Agent>(*loop_, *control_, std::move(connect),
                                               *launcher_, std::move(config));
}

void SimNode::crash() {
  agent_.reset();
  launcher_.reset();
  control_.reset();
  loop_.reset();
}

bool SimNode::is_serving() const {
  if (!is_up() || launcher_->replicas().empty()) return false;
  return launcher_->replicas().front().state == ReplicaState::Ready;
}

std::string SimNode::overload() const {
  if (!is_up()) return "";
  for (const node_agent::LaunchedReplica& replica : launcher_->replicas()) {
    if (replica.runner == nullptr) continue;
    const ReplicaLoad load = replica.runner->load();
    const ReplicaCapacity capacity = replica.runner->capacity();
    if (load.running > capacity.slots) {
      return fmt::format("{}: {} run in {} slots", node_.value(), load.running, capacity.slots);
    }
    if (load.kv_tokens_taken > capacity.kv_tokens_total) {
      return fmt::format("{}: {} KV tokens taken of {}", node_.value(), load.kv_tokens_taken,
                         capacity.kv_tokens_total);
    }
  }
  return "";
}

}  // namespace suan::bench
